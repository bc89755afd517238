"""Reads on in the alert stream from an ID, and tells when alerts may be missing there."""

from dataclasses import dataclass
from typing import Final

from redis.exceptions import ResponseError

from services.orders.alerts.published import Entry
from services.orders.alerts.stream_state import StreamState
from shared.redis.aio.link import AsyncLink
from shared.redis.link import command
from shared.redis.stream_id import BEFORE_ALL, StreamId

MOST_READ: Final = 1000


@dataclass(frozen=True)
class Gap:
    """Alerts that cannot be read any more, if there were any."""

    after: StreamId
    """What is missing came after this one."""
    to: StreamId
    """And before this one, or up to it."""


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

    async def last(self) -> StreamId:
        """The ID of the newest alert that there ever was.

        Raises:
            RedisAway: no answer.
        """
        (info,) = await self._link.roundtrip([self._look])
        return StreamState.parse(info).last

    async def read(self, after: StreamId, wait_s: float = 0.0, most: int = MOST_READ) -> News:
        """What follows an ID.

        Args:
            after: the ID.
            wait_s: how long to wait where nothing follows yet.
            most: how many alerts at most.

        Raises:
            RedisAway: no answer.
        """
        block = ("BLOCK", int(wait_s * 1000)) if wait_s else ()
        words = ("XREAD", "COUNT", most, *block, "STREAMS", self._stream, str(after))
        # The state is asked for after the entries: a first entry at or before `after` then proves that
        # nothing between was trimmed unread.
        found, info = await self._link.roundtrip([command(self._stream, *words), self._look], wait_s)
        if isinstance(found, ResponseError):
            raise found
        entries: list[Entry] = found[0][1] if found else []
        gap = _find_gap(after, entries, StreamState.parse(info))
        if entries:
            last = StreamId.parse(entries[-1][0].decode())
            return News(entries, gap, last, may_have_more=len(entries) == most)
        return News([], gap, after if gap is None else gap.to, may_have_more=False)


def _find_gap(after: StreamId, entries: list[Entry], state: StreamState) -> Gap | None:
    if state.last < after:  # Redis has lost what it had
        return Gap(after, state.last)
    if state.first is not None and state.first <= after:
        return None
    if not state.removed and after == BEFORE_ALL:
        return None
    # What came before is gone: trimmed, or lost with the whole stream, which may have been begun anew since.
    if entries:
        return Gap(after, StreamId.parse(entries[0][0].decode()))
    emptied = state.first is None and after < state.last
    return Gap(after, state.last) if emptied else None
