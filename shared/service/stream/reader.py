"""What follows a position in a Redis stream, and what is gone of it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from redis.exceptions import ResponseError

from shared.commit.stream_position import StreamFacts, StreamPosition, id_of, unreadable
from shared.redis.link import RedisLink, command
from shared.wire.messages import StreamEntry

MOST_AT_ONCE: Final = 2_000
"""So many quotes of as many symbols are written in some 0.1 s. Until then the position stands still, and
after 0.25 s a standby would take over from an owner that is only busy."""
FIRST_AT_ONCE: Final = 64
BYTES_AT_ONCE: Final = 8 << 20
_GROWTH: Final = 4
_WEIGHED: Final = 32
"""Entries of a portion whose sizes stand for all."""


class Entries(NamedTuple):
    """What follows a position."""

    after: StreamPosition
    entries: list[StreamEntry]
    before: int
    """How many entries had ever been added before the first of these."""
    trimmed: int
    """Entries behind the position that are gone unread."""
    waiting: int
    """Entries behind the position, those read here included."""
    is_behind: bool = False
    """Whether the stream ends before the position, so that none of its entries follow."""

    def position_after(self, entries: int) -> str:
        """Where the stream stands when so many of the entries have taken effect."""
        entry_id = self.entries[entries - 1][0] if entries else self.after.entry_id
        return str(StreamPosition(entry_id, self.before + entries))


class StreamReader:
    """Reads a stream in portions of some 8 MiB at most, by the size of the entries that were read last.

    Args:
        link: to Redis.
        stream: its name.
    """

    def __init__(self, link: RedisLink, stream: str) -> None:
        self._link, self._stream = link, stream
        self.most = FIRST_AT_ONCE
        """How many entries the next portion may have."""

    def read(self, after: StreamPosition) -> Entries:
        """See `read_entries`."""
        found = read_entries(self._link, self._stream, after, self.most)
        calm = min(self.most, FIRST_AT_ONCE)
        self.most = calm if len(found.entries) < calm else _next_portion(found.entries, self.most)
        return found


def _next_portion(entries: Sequence[StreamEntry], most: int) -> int:
    weighed = entries[:: len(entries) // _WEIGHED + 1]
    size = sum(len(text) for _, fields in weighed for text in fields) // len(weighed) + 1
    return max(1, min(BYTES_AT_ONCE // size, _GROWTH * most, MOST_AT_ONCE))


def read_entries(link: RedisLink, stream: str, after: StreamPosition, most: int) -> Entries:
    """What follows a position now, without waiting.

    Raises:
        RedisUnavailable: no answer.
        Unusable: it is no stream.
    """
    commands = [
        command(stream, "XINFO", "STREAM", stream),
        command(stream, "XREAD", "COUNT", most, "STREAMS", stream, after.entry_id),
    ]
    info, found = link.roundtrip(commands)
    if isinstance(found, ResponseError):
        raise unreadable(stream, found)
    facts = StreamFacts.parse(stream, info)
    if facts.is_behind(after):
        return Entries(after, [], after.ordinal, 0, facts.length, is_behind=True)
    entries = found[0][1] if found else []
    checked = after.ordinal if after.ordinal <= facts.added else 0  # else it was deleted and begun anew
    before = _added_before(entries, facts, at_end=len(entries) < most)
    if before is None:
        before = max(facts.removed, checked)
    return Entries(after, entries, before, max(before - checked, 0), max(facts.added - before, 0))


def _added_before(entries: Sequence[StreamEntry], facts: StreamFacts, *, at_end: bool) -> int | None:
    """How many entries had ever been added before these; None if they do not go up to what the facts know.

    The facts are a little older than the entries: what has been added in between, they do not count.
    """
    last = id_of(facts.last_id)
    known = len(entries)
    while known and id_of(entries[known - 1][0]) > last:
        known -= 1
    if at_end or known < len(entries) or id_of(entries[-1][0]) == last:
        return facts.added - known
    return None
