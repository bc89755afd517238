"""Reads on in the alert stream from an ID, and tells when alerts may be missing there."""

from dataclasses import dataclass
from typing import Final

from redis.exceptions import ResponseError

from market_spread.gap import Gap, StreamState, find_gap
from market_spread.stream_id import StreamId
from services.orders.alerts.published import Entry
from services.orders.alerts.stream_state import parse_stream_state
from shared.redis.aio.link import AsyncLink
from shared.redis.link import command

MOST_READ: Final = 1000


@dataclass(frozen=True)
class News:
    """What follows an ID."""

    entries: list[Entry]
    gap: Gap | None
    """Came before these entries."""
    position: StreamId
    """Where to read on."""
    may_have_more: bool
    """Whether reading on may give more at once."""


class AlertTail:
    """Reads the stream of alerts.

    Args:
        link: to Redis.
        stream: its name.
    """

    def __init__(self, link: AsyncLink, stream: str) -> None:
        self._link = link
        self._stream = stream
        self._look = command(stream, "XINFO", "STREAM", stream)
        self._ask_time = command(stream, "TIME")

    async def state(self) -> StreamState:
        """The stream as it is.

        Raises:
            RedisUnavailable: no answer.
        """
        (info,) = await self._link.roundtrip([self._look])
        return parse_stream_state(info)

    async def last(self) -> StreamId:
        """The ID of the newest alert that there ever was.

        Raises:
            RedisUnavailable: no answer.
        """
        return (await self.state()).last

    async def time_ms(self) -> int:
        """The time of the server that has the stream, by which it makes IDs: ms since the Unix epoch.

        Raises:
            RedisUnavailable: no answer.
        """
        (reply,) = await self._link.roundtrip([self._ask_time])
        if isinstance(reply, ResponseError):
            raise reply
        seconds, microseconds = reply
        return int(seconds) * 1000 + int(microseconds) // 1000

    async def read(self, after: StreamId, wait_s: float = 0.0, most: int = MOST_READ) -> News:
        """What follows an ID.

        Args:
            after: the ID.
            wait_s: how long to wait where nothing follows yet.
            most: how many alerts at most.

        Raises:
            RedisUnavailable: no answer.
        """
        block = ("BLOCK", int(wait_s * 1000)) if wait_s else ()
        words = ("XREAD", "COUNT", most, *block, "STREAMS", self._stream, str(after))
        # The state is asked for after the entries: see `find_gap`.
        found, info = await self._link.roundtrip([command(self._stream, *words), self._look], wait_s)
        if isinstance(found, ResponseError):
            raise found
        entries: list[Entry] = found[0][1] if found else []
        first = StreamId.of(entries[0][0]) if entries else None
        gap = find_gap(after, first, parse_stream_state(info))
        if entries:
            last = StreamId.of(entries[-1][0])
            return News(entries, gap, last, may_have_more=len(entries) == most)
        return News([], gap, after if gap is None else gap.to, may_have_more=False)
