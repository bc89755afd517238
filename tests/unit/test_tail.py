"""Reading on in the alert stream: where alerts may be missing, a gap is told, and nowhere else."""

import asyncio
from typing import Any, cast

import pytest

from market_spread.gap import Gap
from market_spread.stream_id import StreamId
from services.orders.alerts.published import Entry
from services.orders.alerts.tail import AlertTail, News
from shared.redis.aio.link import AsyncLink


def at(milliseconds: int) -> StreamId:
    """An ID."""
    return StreamId(milliseconds, 0)


class Stream:
    """A link to a Redis that has a stream of alerts.

    Args:
        entries: the milliseconds of those that are left.
        last: of the last one that there ever was.
        removed: how many are gone.
    """

    def __init__(self, *entries: int, last: int | None = None, removed: int = 0) -> None:
        self._entries: list[Entry] = [(b"%d-0" % each, [b"symbol", b"A"]) for each in entries]
        self._last = last if last is not None else max(entries, default=0)
        self._removed = removed

    async def roundtrip(self, commands: Any, _: float = 0.0) -> list[Any]:
        """Answer XREAD, if it is asked for, and XINFO STREAM."""
        info = [
            b"length", len(self._entries),
            b"last-generated-id", b"%d-0" % self._last,
            b"entries-added", len(self._entries) + self._removed,
            b"first-entry", self._entries[0] if self._entries else None,
        ]  # fmt: skip
        found = [each for each in self._entries if StreamId.parse(each[0].decode()) > self.after][: self.most]
        return [[(b"alerts", found)] if found else None, info][-len(commands) :]

    after = at(0)
    most = 1000

    def read(self, after: int, most: int = 1000) -> News:
        """What follows an ID."""
        self.after, self.most = at(after), most
        return asyncio.run(AlertTail(cast(AsyncLink, self), "alerts").read(self.after, 0.0, most))


def told(news: News) -> tuple[list[bytes], Gap | None, int]:
    """The IDs, the gap before them, and where to read on."""
    return [entry[0] for entry in news.entries], news.gap, news.position.milliseconds


@pytest.mark.parametrize(
    ("stream", "after", "news"),
    [
        # all is there: whoever reads on misses nothing
        (Stream(), 0, ([], None, 0)),
        (Stream(1, 2), 0, ([b"1-0", b"2-0"], None, 2)),
        (Stream(1, 2), 1, ([b"2-0"], None, 2)),
        (Stream(1, 2), 2, ([], None, 2)),
        # trimmed: the one read last is the first one left, or was before it
        (Stream(3, 4, removed=2), 3, ([b"4-0"], None, 4)),
        (Stream(3, 4, removed=2), 4, ([], None, 4)),
        (Stream(3, 4, removed=2), 2, ([b"3-0", b"4-0"], Gap(at(2), at(3)), 4)),
        (Stream(3, 4, removed=2), 0, ([b"3-0", b"4-0"], Gap(at(0), at(3)), 4)),
        # emptied: of what was read up to the last one nothing is missing
        (Stream(last=7, removed=7), 7, ([], None, 7)),
        (Stream(last=7, removed=7), 6, ([], Gap(at(6), at(7)), 7)),
        (Stream(last=7, removed=7), 0, ([], Gap(at(0), at(7)), 7)),
        # lost: the stream ends before what was read, or is not there any more
        (Stream(1, 2), 3, ([], Gap(at(3), at(2)), 2)),
        (Stream(), 3, ([], Gap(at(3), at(0)), 0)),
        # lost and begun anew: it starts behind what was read
        (Stream(8, 9), 3, ([b"8-0", b"9-0"], Gap(at(3), at(8)), 9)),
    ],
)
def test_a_gap_is_told_where_alerts_may_be_missing(
    stream: Stream, after: int, news: tuple[list[bytes], Gap | None, int]
) -> None:
    """Entries, gap and where to read on, by what Redis has left."""
    assert told(stream.read(after)) == news


def test_reading_on_may_give_more_only_where_as_many_came_as_were_asked_for() -> None:
    """A reader goes on at once then, and waits otherwise."""
    stream = Stream(1, 2, 3)
    assert stream.read(0, most=2).may_have_more
    assert not stream.read(2, most=2).may_have_more
    assert not stream.read(3, most=2).may_have_more


def test_the_last_one_that_there_ever_was() -> None:
    """Whether it is left or not."""
    tail = AlertTail(cast(AsyncLink, Stream(last=7, removed=7)), "alerts")
    assert asyncio.run(tail.last()) == at(7)
