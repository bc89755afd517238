"""Versions of the limits on a real server, and on a cluster: all or nothing, whoever is first."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from redis import Redis

from shared.market import keys
from shared.published import scripts
from shared.published.asking import ask, ask_async
from shared.published.changing import ActiveAlready, Overtaken, activate, publish, set_shadow
from shared.published.content import DamagedVersion, to_content
from shared.published.pointer import Pointer
from shared.published.reading import read_log, read_state, read_version
from shared.published.watch import LimitsWatch
from shared.redis.aio.url import open_async_link
from shared.redis.link import RedisLink
from shared.redis.url import open_link
from tests.support.cluster import Cluster
from tests.support.published import limits, spread_of
from tests.support.servers import chosen_kinds


@pytest.fixture
def link(redis_url: str) -> Iterator[RedisLink]:
    """A link to the server, which is empty at the start."""
    with closing(open_link(redis_url)) as made:
        yield made


def put(link: RedisLink, spread: str, expect: Pointer | None = None) -> Pointer:
    """Publish and activate."""
    pointer = ask(link, publish(limits(spread), "ann", f"spread {spread}"))
    return ask(link, activate(pointer.number, _raw(expect), "ann", "today"))


def _raw(pointer: Pointer | None) -> bytes:
    return b"" if pointer is None else str(pointer).encode()


def life_of_limits(link: RedisLink) -> None:
    """Publish, activate, go back, shadow: what each leaves."""
    first = put(link, "0.1")
    second = put(link, "0.2", first)
    with pytest.raises(ActiveAlready):
        ask(link, activate(2, _raw(second), "ann", "again"))
    with pytest.raises(Overtaken, match="version 2 by now"):
        ask(link, activate(1, _raw(first), "bob", "late"))
    back = ask(link, activate(1, _raw(second), "ann", "too wide"))
    assert back == Pointer(3, first.sha256)
    assert spread_of(ask(link, read_version(3)).version) == "0.1"
    ask(link, publish(limits("0.3"), "ann", "next"))
    assert ask(link, set_shadow(4, b"", "ann", "try")) is not None
    with pytest.raises(Overtaken, match="version 4 by now"):
        ask(link, set_shadow(None, b"", "bob", "late"))
    with pytest.raises(DamagedVersion, match="version 9 is missing"):
        ask(link, activate(9, _raw(back), "ann", "?"))

    state = ask(link, read_state())
    assert (state.active, state.in_force, state.highest) == (back, 3, 4)
    assert state.shadow is not None
    log = [(each.action, each.version, each.content_of, each.before) for each in ask(link, read_log(100))]
    assert log == [
        ("shadow", 4, None, None),
        ("publish", 4, None, None),
        ("activate", 3, 1, 2),
        ("activate", 2, None, 1),
        ("publish", 2, None, None),
        ("activate", 1, None, None),
        ("publish", 1, None, None),
    ]
    watch = LimitsWatch(link, "check")
    watch.read()
    assert (watch.active_number, watch.shadow_number, watch.troubles) == (3, 4, ())


def test_publish_activate_and_go_back(link: RedisLink) -> None:
    """The older content comes back under a new number, and the log says who, what and why."""
    life_of_limits(link)
    newest = ask(link, read_log(1))[0]
    assert (newest.who, newest.why) == ("ann", "try")
    assert newest.at_us > 1_700_000_000_000_000


def test_the_same_for_asyncio(redis_url: str) -> None:
    """The questions are written once."""

    async def publish_and_read() -> tuple[Pointer, str]:
        link = open_async_link(redis_url, name="test")
        pointer = await ask_async(link, publish(limits("0.1"), "ann", "why"))
        found = await ask_async(link, read_version(pointer.number))
        await link.close()
        return pointer, spread_of(found.version)

    pointer, spread = asyncio.run(publish_and_read())
    assert (pointer.number, spread) == (1, "0.1")


def test_two_that_publish_at_once_get_two_numbers(redis_url: str) -> None:
    """No number is given out twice, and every content is there."""
    found: list[Pointer] = []

    def publish_some(start: int) -> None:
        with closing(open_link(redis_url)) as mine:
            found.extend(
                ask(mine, publish(limits(f"0.{start + each}"), f"{start}", "race")) for each in range(20)
            )

    threads = [threading.Thread(target=publish_some, args=(100 * (each + 1),)) for each in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(each.number for each in found) == list(range(1, 61))
    with closing(open_link(redis_url)) as link:
        assert {ask(link, read_version(each.number)).pointer for each in found} == set(found)
        assert len(ask(link, read_log(100))) == 60


def test_two_that_activate_at_once(redis_url: str, link: RedisLink) -> None:
    """Of those that expect the same, one gets it; the others are told."""
    for spread in range(1, 9):
        ask(link, publish(limits(f"0.{spread}"), "ann", "race"))
    outcomes: list[str] = []

    def try_it(number: int) -> None:
        with closing(open_link(redis_url)) as mine:
            try:
                ask(mine, activate(number, b"", "ann", "race"))
                outcomes.append("done")
            except Overtaken:
                outcomes.append("overtaken")

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(1, 9)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["done"] + ["overtaken"] * 7


def test_a_script_that_is_carried_out_twice_does_it_once(link: RedisLink, redis_client: Redis) -> None:
    """An answer that was lost leads to a second attempt, which finds the work done."""
    first = ask(link, publish(limits("0.1"), "ann", "why"))
    text, _ = to_content(limits("0.1"))
    for sent in (
        scripts.publish(first, text, "ann", "why"),
        scripts.activate(b"", 1, first, "ann", "why"),
        scripts.shadow(b"", first, "ann", "why"),
    ):
        assert link.roundtrip([sent, sent]) == [[b"done"], [b"done"]]
    count: Any = redis_client.xlen(keys.LIMITS_LOG)
    assert count == 3


def test_a_log_of_another_type_changes_nothing(link: RedisLink, redis_client: Redis) -> None:
    """What cannot be logged is not done."""
    redis_client.set(keys.LIMITS_LOG, "mine")
    with pytest.raises(Exception, match="WRONGTYPE"):
        ask(link, publish(limits("0.1"), "ann", "why"))
    assert redis_client.keys("limits:*") == [keys.LIMITS_LOG.encode()]


@pytest.mark.slow
@pytest.mark.parametrize("kind", chosen_kinds())
def test_on_a_cluster(kind: str) -> None:
    """All keys lie in one slot, wherever that is."""
    with closing(Cluster(kind, replicas=0)) as cluster, closing(open_link(cluster.url)) as link:
        life_of_limits(link)
