"""Flags that change without a quote, written: onto what they were found for, whoever else writes."""

from typing import Any

import fakeredis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.exceptions import ResponseError

from services.market_data.store.quote_store import QuoteStore
from shared.market import keys
from shared.market.limits.met import MetQuote
from shared.redis.link import RedisUnavailable, command
from tests.support.flagged_book import LIMITS, NAMES, OPEN_US, STEPS, FlaggedBook, joined
from tests.support.limits_files import one_class
from tests.support.links import FakeLink


class Ingestor(FlaggedBook):
    """A book on a server.

    Args:
        client: of the server.
        names: the symbols.
        limits: the file that is published; None: none is.
    """

    def __init__(self, client: fakeredis.FakeRedis, *names: str, limits: str | None = LIMITS) -> None:
        super().__init__(*names, limits=limits)
        self.link = FakeLink(client)
        self.store = QuoteStore(self.link, self.book)
        self.store.load()

    def turn(self, ms: float = 0) -> None:
        """Time passes, and what has changed is written."""
        self.wait(ms)
        self.store.sync()


def hash_of(client: fakeredis.FakeRedis, name: str) -> dict[str, str]:
    """What the hash of a symbol says."""
    found: Any = client.hgetall(keys.symbol(name))
    return {field.decode(): value.decode() for field, value in found.items()}


def test_only_flags_that_have_changed_are_written(fake_redis: fakeredis.FakeRedis) -> None:
    """With the time of the change; everything else of a hash, and other hashes, stay as they are."""
    desk = Ingestor(fake_redis, "D1", "D2", "X1")
    desk.quote(("D1", 10.0, 10.02), ("X1", 10.0, 10.01))
    desk.turn()
    before, other = hash_of(fake_redis, "D1"), hash_of(fake_redis, "X1")
    assert (before["limits"], before["risky"], before["reason"]) == ("7:day/closed", "0", "")

    desk.turn(1000)

    flags = {"limits": "7:day/open", "risky": "1", "reason": "spread", "written_at": str(desk.now_us)}
    assert hash_of(fake_redis, "D1") == {**before, **flags}
    assert hash_of(fake_redis, "X1") == other
    count = desk.link.count
    desk.turn(50)
    assert desk.link.count == count + 1  # the look at the epoch alone
    assert hash_of(fake_redis, "D1") == {**before, **flags}


def test_flags_of_an_older_quote_are_not_written(fake_redis: fakeredis.FakeRedis) -> None:
    """Another ingestor has quoted meanwhile: its quote stays, is taken over, and judged."""
    idle, busy = Ingestor(fake_redis, "D1"), Ingestor(fake_redis, "D1")
    busy.quote(("D1", 10.0, 10.01))
    busy.turn()
    idle.store.load()
    busy.wait(100)
    busy.quote(("D1", 12.0, 12.02))
    busy.turn()

    idle.turn(1000)
    found = hash_of(fake_redis, "D1")
    assert (found["bid"], found["reason"], found["limits"]) == ("12.0", "", "7:day/closed")
    assert not idle.book.unwritten
    assert idle["D1"].bid == 12.0

    idle.turn()
    found = hash_of(fake_redis, "D1")
    assert (found["bid"], found["reason"], found["limits"]) == ("12.0", "spread", "7:day/open")
    assert found["updated_at"] == str(OPEN_US + 100_000)
    assert idle["D1"].written_at == int(found["written_at"]) == idle.now_us


def test_an_older_quote_does_not_come_back_with_its_flags(fake_redis: fakeredis.FakeRedis) -> None:
    """Flags that Redis has not taken make no older quote newer than one of another ingestor."""
    idle, busy = Ingestor(fake_redis, "D1"), Ingestor(fake_redis, "D1")
    busy.quote(("D1", 10.0, 10.01))
    busy.turn()
    idle.store.load()
    busy.wait(100)
    busy.quote(("D1", 12.0, 12.02))
    busy.turn()

    idle.wait(1000)
    assert idle.book.unwritten
    idle.store.look_at_some(idle.now_us)
    idle.store.look_for_losses()
    fake_redis.delete(keys.EPOCH)
    idle.store.look_for_losses()
    assert hash_of(fake_redis, "D1")["bid"] == "12.0"
    assert idle["D1"].bid == 12.0


def test_a_status_from_elsewhere_than_the_quotes(fake_redis: fakeredis.FakeRedis) -> None:
    """Its ingestor finds the quote that there is, and the flags are of both; the other one follows."""
    quotes, statuses = Ingestor(fake_redis, "X1"), Ingestor(fake_redis, "X1")
    quotes.quote(("X1", 10.0, 10.5))
    quotes.turn()

    statuses.wait(100)
    statuses.status("X1", 1)
    statuses.turn()
    statuses.turn()
    found = hash_of(fake_redis, "X1")
    assert (found["reason"], found["status"], found["bid"]) == ("spread,halted", "1", "10.0")

    quotes.wait(200)
    quotes.quote(("X1", 11.0, 11.01))
    quotes.turn()
    assert hash_of(fake_redis, "X1")["reason"] == ""  # for a while
    quotes.store.look_at_some(quotes.now_us)
    quotes.turn()
    assert hash_of(fake_redis, "X1")["reason"] == "halted"


def test_what_is_written_twice_is_written_once(fake_redis: fakeredis.FakeRedis) -> None:
    """An answer that got lost lets the same flags be written again, with the same time."""

    class Deaf(FakeLink):
        """Does not hear the answer to the next commands."""

        is_deaf = False

        def roundtrip(self, commands: Any) -> Any:
            """See `RedisLink.roundtrip`."""
            replies = super().roundtrip(commands)
            if self.is_deaf:
                self.is_deaf = False
                raise RedisUnavailable("no answer")
            return replies

    desk = Ingestor(fake_redis, "D1")
    link = Deaf(fake_redis)
    desk.store = QuoteStore(link, desk.book)
    desk.quote(("D1", 10.0, 10.02))
    desk.turn()
    desk.wait(1000)
    link.is_deaf = True
    with pytest.raises(RedisUnavailable):
        desk.store.sync()
    written = hash_of(fake_redis, "D1")
    desk.store.sync()
    assert hash_of(fake_redis, "D1") == written
    assert written["reason"] == "spread"
    assert desk["D1"].written_at == int(written["written_at"])


def test_lost_flags_are_written_again(fake_redis: fakeredis.FakeRedis) -> None:
    """Redis has an older state of the hash, also of a symbol that was never quoted."""
    desk = Ingestor(fake_redis, "D1", "D2")
    desk.quote(("D1", 10.0, 10.02))
    desk.status("D2", 0)
    desk.turn()
    old = {name: fake_redis.hgetall(keys.symbol(name)) for name in ("D1", "D2")}
    desk.turn(1000)
    new = {name: hash_of(fake_redis, name) for name in old}
    assert [each["limits"] for each in new.values()] == ["7:day/open"] * 2
    for name, fields in old.items():
        fake_redis.hset(keys.symbol(name), mapping=fields)  # type: ignore[arg-type]

    desk.store.look_at_some(desk.now_us)
    assert {name: hash_of(fake_redis, name) for name in old} == new


def test_without_published_limits_the_field_is_emptied(fake_redis: fakeredis.FakeRedis) -> None:
    """Flags of a version that is gone name none any more, also if a quote comes first."""
    before = Ingestor(fake_redis, "X1", "X2")
    before.quote(("X1", 10.0, 10.5), ("X2", 10.0, 10.5))
    before.turn()

    after = Ingestor(fake_redis, "X1", "X2", limits=None)
    after.now_us += 1000
    after.book.forget_versions(after.now_us)
    after.quote(("X2", 10.0, 10.01))
    after.turn()
    assert [hash_of(fake_redis, name)["limits"] for name in ("X1", "X2")] == ["", ""]
    assert [hash_of(fake_redis, name)["reason"] for name in ("X1", "X2")] == ["spread", ""]


def test_prices_that_others_write_without_a_time_are_judged(fake_redis: fakeredis.FakeRedis) -> None:
    """They are taken over when flags do not fit onto them, and get flags of their own."""
    desk = Ingestor(fake_redis, "D1")
    desk.quote(("D1", 10.0, 10.02))
    desk.turn()
    fake_redis.hset(keys.symbol("D1"), mapping={"bid": "11", "offer": "11.01"})
    desk.turn(1000)
    assert hash_of(fake_redis, "D1")["limits"] == "7:day/closed"
    desk.turn()
    found = hash_of(fake_redis, "D1")
    assert (found["bid"], found["reason"], found["limits"]) == ("11", "", "7:day/open")
    assert not desk.book.unwritten


def test_a_refused_write_is_tried_again(fake_redis: fakeredis.FakeRedis) -> None:
    """An error of the server is no answer that others were faster."""
    desk = Ingestor(fake_redis, "D1")
    desk.quote(("D1", 10.0, 10.02))
    desk.turn()
    desk.wait(1000)
    key = keys.symbol("D1")
    fields = fake_redis.hgetall(key)
    fake_redis.delete(key)
    fake_redis.set(key, "no hash")
    desk.store.sync()
    assert isinstance(desk.link.roundtrip([command(key, "HGET", key, "bid")])[0], ResponseError)
    assert desk.book.unwritten
    fake_redis.delete(key)
    fake_redis.hset(key, mapping=fields)  # type: ignore[arg-type]
    desk.store.sync()
    assert hash_of(fake_redis, "D1")["reason"] == "spread"
    assert not desk.book.unwritten


@settings(max_examples=30)
@given(steps=st.lists(STEPS, min_size=1, max_size=15))
def test_hashes_are_flagged_as_the_judge_says(steps: list[Any]) -> None:
    """At each moment, from what the hash itself says of prices, status and times."""
    server = fakeredis.FakeRedis(version=(7,))
    desk = Ingestor(server, *NAMES)
    for step in steps:
        desk.take(step)
        desk.store.sync()
        for name, number in desk.numbers.items():
            if number not in desk.known:
                continue
            found = hash_of(server, name)
            bid, offer = (float(found[side]) if found[side] else None for side in ("bid", "offer"))
            status = int(found["status"]) if "status" in found else None
            met = MetQuote(bid, offer, state_since_us=int(found["state_since"]), status=status)
            right = desk.judge.flags(name, met, desk.now_us)
            assert (found["reason"], found["state"], found["limits"]) == joined(right)
            assert found["risky"] == str(int(bool(right.reasons)))


def test_another_version_rewrites_all(fake_redis: fakeredis.FakeRedis) -> None:
    """Each hash names it, many in one go."""
    names = [f"X{number}" for number in range(300)]
    desk = Ingestor(fake_redis, *names)
    desk.quote(*((name, 10.0, 10.04) for name in names))
    desk.turn()
    desk.publish(one_class("", keys='tiers = [ { from = "0", spread = "0.04" } ]'), 8)
    desk.turn()
    found = {tuple(fake_redis.hmget(keys.symbol(name), "limits", "reason", "risky")) for name in names}
    assert found == {(b"8:all", b"spread", b"1")}
