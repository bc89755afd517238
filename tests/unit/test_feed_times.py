"""When a source was last heard of: written at once, then at most every 100 ms, and little is remembered."""

import logging
from collections.abc import Iterable

import hiredis
import pytest
from redis.exceptions import ResponseError

from services.market_data.store.feed_times import FeedTimes
from shared.redis.link import Command, RedisUnavailable, Reply
from tests.support.links import LinkDouble


class Writes(LinkDouble):
    """Notes what is set; answers with `reply`."""

    def __init__(self) -> None:
        self.set: list[tuple[str, str]] = []
        self.reply: Reply = b"OK"

    def roundtrip(self, commands: Iterable[Command]) -> list[Reply]:
        """See `RedisLink.roundtrip`."""
        replies = []
        for command in commands:
            if isinstance(self.reply, RedisUnavailable):
                raise self.reply
            reader = hiredis.Reader(encoding="utf-8")
            reader.feed(command.packed)
            name, key, at, unit, kept_ms = reader.gets()
            assert (name, unit, kept_ms) == ("SET", "PX", "86400000")
            self.set.append((key, at))
            replies.append(self.reply)
        return replies


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, as its only element."""
    now = [100.0]
    monkeypatch.setattr("services.market_data.store.feed_times.time.monotonic", lambda: now[0])
    return now


def written(times: FeedTimes, link: Writes) -> list[tuple[str, str]]:
    """What is written now, if anything is due."""
    link.set.clear()
    if times.is_due():
        times.write()
    return [*link.set]


def test_a_source_is_written_at_once_and_then_every_100_ms(clock: list[float]) -> None:
    """With the last time that it was heard of; others are not held up by it."""
    link = Writes()
    times = FeedTimes(link)
    assert written(times, link) == []
    times.note("desk", 1)
    assert written(times, link) == [("feed:desk", "1")]
    clock[0] += 0.05
    times.note("desk", 2)
    times.note("other", 2)
    assert written(times, link) == [("feed:other", "2")]
    times.note("desk", 3)
    assert written(times, link) == []
    clock[0] += 0.051
    assert written(times, link) == [("feed:desk", "3")]
    clock[0] += 10
    assert written(times, link) == []


def test_sources_that_are_gone_are_not_remembered(clock: list[float]) -> None:
    """However many there were."""
    link = Writes()
    times = FeedTimes(link)
    for number in range(1000):
        times.note(f"source-{number}", number)
        assert len(written(times, link)) == 1
        clock[0] += 0.05
    assert len(times._heard_us) + len(times._written_s) < 5


def test_nothing_is_forgotten_while_redis_is_away(clock: list[float]) -> None:
    """The time is written when it is back."""
    link = Writes()
    times = FeedTimes(link)
    times.note("desk", 1)
    link.reply = RedisUnavailable("away")
    with pytest.raises(RedisUnavailable):
        times.write()
    clock[0] += 1
    link.reply = b"OK"
    assert written(times, link) == [("feed:desk", "1")]


def test_a_key_of_another_type_is_said(clock: list[float], caplog: pytest.LogCaptureFixture) -> None:
    """And holds nobody up."""
    link = Writes()
    link.reply = ResponseError("OOM command not allowed")
    times = FeedTimes(link)
    times.note("desk", 1)
    with caplog.at_level(logging.ERROR):
        assert len(written(times, link)) == 1
    assert "Redis refuses feed:desk: OOM" in caplog.text
    clock[0] += 1
    assert written(times, link) == []
