"""A process follows the pointers to the limits: what is in force, what is wrong, and what it writes again."""

import logging
from collections.abc import Callable
from typing import Any

import fakeredis
import pytest

from shared.market import keys
from shared.published.asking import ask
from shared.published.changing import activate, publish, set_shadow
from shared.published.pointer import Pointer
from shared.published.reading import POINTERS, read_log, read_state
from shared.published.watch import LimitsWatch
from shared.redis.link import Command, RedisUnavailable, Reply
from tests.support.links import FakeLink
from tests.support.published import limits, spread_of

SOMETHING_ELSE = f"1 {'b' * 64}"


class Desk:
    """A server, somebody who publishes, and a process that watches."""

    def __init__(self, client: fakeredis.FakeRedis) -> None:
        self.client = client
        self.link = FakeLink(client)
        self.now_s = 0.0
        self.watch = self.another()

    def another(self) -> LimitsWatch:
        """One more process."""
        return LimitsWatch(self.link, "check a", lambda: self.now_s)

    def put(self, spread: str) -> Pointer:
        """Publish and activate."""
        pointer = ask(self.link, publish(limits(spread), "ann", "why"))
        return ask(self.link, activate(pointer.number, self.pointer(), "ann", "why"))

    def pointer(self) -> bytes:
        """What the active pointer holds."""
        found: Any = self.client.get(keys.LIMITS_ACTIVE)
        return found or b""

    def look(self, watch: LimitsWatch | None = None) -> tuple[int, str]:
        """Which version a process has in force after it has looked, and with which spread."""
        found = watch or self.watch
        found.read()
        return found.active_number, "" if found.active is None else spread_of(found.active.version)

    def lose_all(self) -> None:
        """The server is empty."""
        self.client.flushall()

    def lose_log(self) -> None:
        """Its log is gone."""
        self.client.delete(keys.LIMITS_LOG)


@pytest.fixture
def desk(fake_redis: fakeredis.FakeRedis) -> Desk:
    """A desk with a server without limits."""
    return Desk(fake_redis)


def test_without_a_pointer_it_is_version_0(desk: Desk) -> None:
    """Nothing is wrong then; and a version that is published but not active changes nothing."""
    ask(desk.link, publish(limits("0.1"), "ann", "why"))

    assert desk.look() == (0, "")
    assert desk.watch.troubles == ()
    assert desk.watch.active is None


def test_a_new_number_is_loaded(desk: Desk) -> None:
    """With everything that judges by it."""
    desk.put("0.1")
    assert desk.look() == (1, "0.1")
    desk.put("0.2")
    assert desk.look() == (2, "0.2")
    assert desk.watch.active is not None
    assert desk.watch.active.judge.version.number == 2
    assert desk.watch.active.judge is desk.watch.active.judge


def test_nothing_is_asked_while_the_pointers_stay(desk: Desk) -> None:
    """A look at pointers that are known costs no round trip."""
    desk.put("0.1")
    desk.look()
    (pointers,) = desk.link.roundtrip([POINTERS])
    before = desk.link.count
    for _ in range(3):
        desk.watch.look(list(pointers))
    assert desk.link.count == before


def damage(change: Callable[[fakeredis.FakeRedis], object]) -> Callable[[fakeredis.FakeRedis], object]:
    """So that the table below reads as one."""
    return change


DAMAGES = {
    "the version is missing": (damage(lambda r: r.delete("limits:{limits}:2")), "version 2 is missing"),
    "its content is another": (damage(lambda r: r.append("limits:{limits}:2", b" ")), "SHA-256"),
    "its content is no text": (damage(lambda r: r.set("limits:{limits}:2", b"\xff")), "byte 0"),
    "it is no string": (
        damage(lambda r: (r.delete("limits:{limits}:2"), r.lpush("limits:{limits}:2", "x"))),
        "cannot be read",
    ),
    "the pointer names nothing": (
        damage(lambda r: r.set(keys.LIMITS_ACTIVE, f"9 {'a' * 64}")),
        "9 is missing",
    ),
    "the pointer is damaged": (damage(lambda r: r.set(keys.LIMITS_ACTIVE, "9")), "active is damaged: '9'"),
}


@pytest.mark.parametrize(("change", "said"), DAMAGES.values(), ids=DAMAGES.keys())
def test_what_is_damaged_keeps_the_old_one_in_force(
    change: Callable[[fakeredis.FakeRedis], object],
    said: str,
    desk: Desk,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is said once, shown as trouble, and over when a good version is active."""
    desk.put("0.1")
    desk.look()
    desk.put("0.2")
    change(desk.client)
    caplog.set_level(logging.INFO)

    for _ in range(3):
        desk.now_s += 1
        assert desk.look() == (1, "0.1")
        assert [said in each for each in desk.watch.troubles] == [True]
    assert [said in each for each in caplog.messages] == [True]

    desk.put("0.3")
    assert desk.look() == (10 if said == "9 is missing" else 3, "0.3")
    assert desk.watch.troubles == ()
    assert "nothing is wrong" in caplog.messages[-1]


def test_damage_that_is_repaired_in_place_is_noticed_within_a_second(desk: Desk) -> None:
    """Though the pointer stays the same bytes; before, nothing is asked."""
    desk.put("0.1")
    content: Any = desk.client.get("limits:{limits}:1")
    desk.client.set("limits:{limits}:1", "{}")
    assert desk.look() == (0, "")
    desk.client.set("limits:{limits}:1", content)
    assert desk.look() == (0, "")
    desk.now_s += 1
    assert desk.look() == (1, "0.1")
    assert desk.watch.troubles == ()


LOSSES = {
    "everything": lambda desk: desk.lose_all(),
    "the pointer": lambda desk: desk.client.delete(keys.LIMITS_ACTIVE),
    "pointer and log": lambda desk: (desk.client.delete(keys.LIMITS_ACTIVE), desk.lose_log()),
    "the last change": lambda desk: desk.client.set(keys.LIMITS_ACTIVE, desk.first),
    "the last change and the log": lambda desk: (
        desk.client.set(keys.LIMITS_ACTIVE, desk.first),
        desk.lose_log(),
    ),
}


@pytest.mark.parametrize("key", [keys.LIMITS_ACTIVE, keys.LIMITS_LOG])
def test_a_key_of_another_type_is_said(key: str, desk: Desk) -> None:
    """It is no reason to end; what is in force stays so, and nothing is written over."""
    desk.put("0.1")
    desk.look()
    desk.client.delete(keys.LIMITS_ACTIVE, key)
    desk.client.lpush(key, "x")

    assert desk.look() == (1, "0.1")
    assert ["WRONGTYPE" in each for each in desk.watch.troubles] == [True]
    assert desk.client.type(key) == b"list"
    by_log = (1, "0.1") if key == keys.LIMITS_ACTIVE else (0, "")
    assert desk.look(desk.another()) == by_log


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES.keys())
def test_what_redis_has_lost_is_written_again(
    lose: Callable[[Any], object], desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """By whoever knows it, whole: pointer, version and log; the number stays in force all the time."""
    desk.first = str(desk.put("0.1")).encode()  # type: ignore[attr-defined]
    second = desk.put("0.2")
    desk.look()
    lose(desk)

    assert desk.look() == (2, "0.2")
    assert desk.watch.troubles == ()
    assert desk.pointer() == str(second).encode()
    assert desk.look(desk.another()) == (2, "0.2")
    (last, *_) = ask(desk.link, read_log(10))
    assert (last.action, last.version, last.active, last.highest, last.who) == (
        "restore", 2, second, 2, "check a",
    )  # fmt: skip
    assert [each for each in caplog.messages if "lost" in each] == [
        "Redis had lost limits version 2: it is written again"
    ]
    assert desk.put("0.3").number == 3


def test_several_that_write_again_do_it_once(desk: Desk) -> None:
    """The second one finds it there."""
    desk.put("0.1")
    others = [desk.another() for _ in range(3)]
    assert [desk.look(each) for each in others] == [(1, "0.1")] * 3
    (pointers,) = desk.link.roundtrip([POINTERS])
    desk.lose_all()
    for each in others:
        each.look([None, None])
    assert desk.client.xlen(keys.LIMITS_LOG) == 1
    assert desk.link.roundtrip([POINTERS]) == [pointers]


def test_two_contents_under_one_number_are_both_refused(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Redis was emptied, and another content was activated under the number that is in force here."""
    desk.put("0.1")
    desk.look()
    desk.lose_all()
    other = desk.put("0.2")

    assert desk.look() == (1, "0.1")
    assert ["two contents" in each for each in desk.watch.troubles] == [True]
    assert desk.pointer() == str(other).encode()
    assert desk.look(desk.another()) == (1, "0.2")
    assert sum("two contents" in each for each in caplog.messages) == 1

    desk.put("0.3")
    assert desk.look() == (2, "0.3")
    assert desk.watch.troubles == ()


def test_another_content_that_is_not_active_is_not_written_over(desk: Desk) -> None:
    """Redis was emptied, and something else was published under the number, without a pointer to it."""
    desk.put("0.1")
    desk.look()
    desk.lose_all()
    ask(desk.link, publish(limits("0.2"), "bob", "why"))
    content = desk.client.get("limits:{limits}:1")

    assert desk.look() == (1, "0.1")
    assert ["two contents" in each for each in desk.watch.troubles] == [True]
    assert desk.client.get("limits:{limits}:1") == content
    assert desk.pointer() == b""


def test_the_higher_of_two_wins(desk: Desk) -> None:
    """Redis was emptied, and another version was activated under a lower number."""
    for spread in ("0.1", "0.2", "0.3"):
        desk.put(spread)
    desk.look()
    desk.lose_all()
    desk.put("0.9")

    assert desk.look() == (3, "0.3")
    assert desk.look(desk.another()) == (3, "0.3")
    assert ask(desk.link, read_state()).highest == 3


def test_a_start_while_the_pointer_is_lost_goes_by_the_log(desk: Desk) -> None:
    """The log names what is active; the pointer is written again."""
    desk.put("0.1")
    first = desk.pointer()
    second = desk.put("0.2")
    for lost in (None, first):
        if lost is None:
            desk.client.delete(keys.LIMITS_ACTIVE)
        else:
            desk.client.set(keys.LIMITS_ACTIVE, lost)
        assert desk.look(desk.another()) == (2, "0.2")
        assert desk.pointer() == str(second).encode()


def test_a_start_while_everything_is_lost_is_version_0(desk: Desk) -> None:
    """Until somebody who knows better has written it again."""
    desk.put("0.1")
    desk.look()
    desk.lose_all()
    started = desk.another()
    assert desk.look(started) == (0, "")
    assert desk.look() == (1, "0.1")
    assert desk.look(started) == (1, "0.1")


def test_one_that_is_behind_follows_the_log(desk: Desk) -> None:
    """It never saw the version that was active when the pointer was lost."""
    desk.put("0.1")
    desk.look()
    second = desk.put("0.2")
    desk.client.delete(keys.LIMITS_ACTIVE)

    assert desk.look() == (2, "0.2")
    assert desk.pointer() == str(second).encode()


def test_the_shadow_comes_and_goes(desk: Desk) -> None:
    """With any number; what is damaged leaves the old one there."""
    desk.put("0.1")
    second = ask(desk.link, publish(limits("0.2"), "ann", "why"))
    shadow = ask(desk.link, set_shadow(2, b"", "ann", "try"))
    assert shadow == second
    desk.look()
    assert (desk.watch.active_number, desk.watch.shadow_number) == (1, 2)

    desk.client.set(keys.LIMITS_SHADOW, SOMETHING_ELSE)
    desk.look()
    assert desk.watch.shadow_number == 2
    assert ["should be in the shadow" in each for each in desk.watch.troubles] == [True]

    desk.client.set(keys.LIMITS_SHADOW, "off")
    desk.look()
    assert desk.watch.shadow_number == 2
    assert ["shadow is damaged" in each for each in desk.watch.troubles] == [True]

    ask(desk.link, set_shadow(1, b"off", "ann", "try"))
    desk.look()
    assert desk.watch.shadow is desk.watch.active
    ask(desk.link, set_shadow(None, desk.pointer(), "ann", "enough"))
    desk.look()
    assert (desk.watch.active_number, desk.watch.shadow_number, desk.watch.troubles) == (1, 0, ())


def test_an_outage_while_loading_changes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next look tries again."""
    desk.put("0.1")
    desk.look()
    desk.put("0.2")
    (pointers,) = desk.link.roundtrip([POINTERS])

    def fail(commands: list[Command]) -> list[Reply]:
        del commands
        raise RedisUnavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(desk.link, "roundtrip", fail)
        with pytest.raises(RedisUnavailable):
            desk.watch.look(pointers)
    assert desk.watch.active_number == 1
    desk.watch.look(pointers)
    assert desk.watch.active_number == 2
