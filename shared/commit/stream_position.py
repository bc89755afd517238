"""Positions in a Redis stream, and what Redis says of the stream that they are in."""

from typing import Final, NamedTuple

from redis.exceptions import ResponseError

from market_spread.stream_id import StreamId
from shared.base.integers import parse_uint
from shared.redis.link import CannotProceed, Reply

_BEFORE_ALL: Final = b"0-0"


class Unusable(CannotProceed):
    """Redis answers, but a stream or the position in it is not what it has to be."""


class StreamPosition(NamedTuple):
    """How far a stream has been read, as text `ID/ordinal`."""

    entry_id: bytes
    ordinal: int
    """How many entries had ever been added up to this one."""

    def __str__(self) -> str:
        return f"{self.entry_id.decode()}/{self.ordinal}"


START: Final = StreamPosition(_BEFORE_ALL, 0)


def parse_position(key: str, text: str) -> StreamPosition:
    """Read the position that is stored under a key.

    Raises:
        Unusable: it is none.
    """
    entry_id, _, ordinal = text.partition("/")
    count = parse_uint(ordinal.encode())
    if count is None or not is_stream_id(entry_id):
        raise Unusable(f"{key} cannot be used: {text[:80]!r} is not a position of a stream")
    return StreamPosition(entry_id.encode(), count)


class StreamFacts(NamedTuple):
    """What Redis says of a stream; one that is not there looks like one that never had an entry."""

    added: int = 0
    """How many entries it ever had."""
    length: int = 0
    last_id: bytes = _BEFORE_ALL

    @classmethod
    def parse(cls, stream: str, info: Reply) -> "StreamFacts":
        """Read the reply to `XINFO STREAM`.

        Raises:
            Unusable: it is no stream.
        """
        if isinstance(info, ResponseError):
            if "no such key" in str(info):
                return cls()
            raise unreadable(stream, info)
        facts = dict(zip(info[::2], info[1::2], strict=True))
        return cls(facts[b"entries-added"], facts[b"length"], facts[b"last-generated-id"])

    @property
    def removed(self) -> int:
        """How many entries are gone."""
        return self.added - self.length

    @property
    def beginning(self) -> StreamPosition:
        """The position before the first entry that is left."""
        return StreamPosition(_BEFORE_ALL, self.removed)

    def is_behind(self, position: StreamPosition) -> bool:
        """Whether it ends before a position: it was deleted and begun anew, or has lost entries."""
        return id_of(self.last_id) < id_of(position.entry_id)

    def reaches(self, position: StreamPosition) -> bool:
        """Whether it ever went up to a position; if not, it is not the stream that had that position."""
        return self.added >= position.ordinal and not self.is_behind(position)


def is_stream_id(text: str) -> bool:
    """Whether a text is an entry's ID."""
    try:
        StreamId.parse(text)
    except ValueError:
        return False
    return True


def unreadable(stream: str, error: ResponseError) -> Unusable:
    """What to raise when Redis refuses to read a stream."""
    return Unusable(f"the stream {stream} cannot be read: {error}")


def id_of(entry_id: bytes) -> StreamId:
    """An entry's ID, to be compared."""
    return StreamId.parse(entry_id.decode())
