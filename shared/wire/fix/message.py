"""A FIX message as its fields, in order, and back to bytes. Needs no dictionary of the venue's."""

from collections.abc import Iterable, Sequence
from typing import Final

from shared.wire.fix.data_fields import DATA_BY_LENGTH, LENGTH_FIELD
from shared.wire.fix.framing import SOH, checksum

Pair = Sequence[bytes]
"""A field: its tag and its value."""
Words = tuple[bytes, Sequence[Pair]]
"""A message to be sent: its MsgType (35), and what follows the header."""

_EQUALS: Final = b"="
_MOST_DIGITS: Final = 9


class Fields:
    """Fields in order, duplicates kept; found by tag.

    Args:
        pairs: tag and value of each.
    """

    __slots__ = ("_first", "pairs")

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self.pairs = pairs
        self._first: dict[bytes, bytes] = dict(pairs[::-1])  # type: ignore[arg-type] # pairs, not lists

    def get(self, tag: bytes) -> bytes:
        """The value of the first field with this tag; empty if there is none, as it is for an empty value."""
        return self._first.get(tag, b"")

    def __contains__(self, tag: bytes) -> bool:
        return tag in self._first


class Message(Fields):
    """A message.

    Args:
        raw: all of its bytes, SOH at the end included.

    Attributes:
        kind: its MsgType (35).
        is_malformed: something in it is no `tag=value`; what could be read of it is there all the same.
    """

    __slots__ = ("is_malformed", "kind", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        pairs: list[list[bytes]] = [field.split(_EQUALS, 1) for field in raw[:-1].split(SOH)]
        self.is_malformed = False
        try:
            super().__init__(pairs)
        except ValueError:  # some field has no `=`
            self._read_one_by_one()
        else:
            if not DATA_BY_LENGTH.keys().isdisjoint(self._first):
                self._read_one_by_one()
        self.kind = self._first.get(b"35", b"")

    def _read_one_by_one(self) -> None:
        """Read the fields with an eye on data fields, whose values may hold SOH."""
        pairs, self.is_malformed = _walk(self.raw)
        super().__init__(pairs)


def _walk(raw: bytes) -> tuple[list[Pair], bool]:
    """The fields of a message with data fields, and whether something is none."""
    pairs: list[Pair] = []
    is_malformed = False
    at, expected = 0, (b"", 0)
    while at < len(raw):
        stop = raw.find(SOH, at)
        stop = len(raw) if stop < 0 else stop
        tag, equals, value = raw[at:stop].partition(_EQUALS)
        if tag == expected[0]:
            first = at + len(tag) + 1
            last = first + expected[1]
            if raw[last : last + 1] == SOH:
                value, stop = raw[first:last], last
            else:
                is_malformed = True
        expected = (b"", 0)
        if not equals:
            is_malformed = True
        else:
            pairs.append((tag, value))
            if tag in DATA_BY_LENGTH and value.isdigit() and len(value) <= _MOST_DIGITS:
                expected = (DATA_BY_LENGTH[tag], int(value))
        at = stop + 1
    return pairs, is_malformed


def encode(begin: bytes, body: Iterable[Pair]) -> bytes:
    """A whole message.

    Args:
        begin: BeginString (8), such as `FIX.4.4`.
        body: all fields between BodyLength (9) and CheckSum (10), MsgType (35) first.
    """
    joined = b"".join(b"%b=%b\x01" % (tag, value) for tag, value in body)
    front = b"8=%b\x019=%d\x01%b" % (begin, len(joined), joined)
    return b"%b10=%03d\x01" % (front, checksum(front))


def value_of(raw: bytes, tag: bytes) -> bytes:
    """The value of a message's first field with this tag, found without reading all; empty if none has it."""
    found = raw.find(b"\x01%b=" % tag)
    if found < 0:
        return b""
    if LENGTH_FIELD.search(raw, 0, found + 1):
        return Message(raw).get(tag)
    start = found + len(tag) + 2
    return raw[start : raw.find(SOH, start)]
