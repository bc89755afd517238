"""All fields of all messages of a buffer at once.

Only for what is beyond doubt: where anything about the framing is unusual, or a length announces a data field
in which SOH may stand, there is no scan, or the message is doubtful, and the plain decoder reads it.
"""

import re
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.wire.fix.columns.decimals import parse_digits
from shared.wire.fix.data_fields import DATA_BY_LENGTH
from shared.wire.fix.framing import SOH, Buffer

PADDING: Final = bytes(32)
"""Put behind the buffer, so that words may be read at its end."""
LONGEST_FIELD: Final = 64
"""Messages with longer fields (tag and value, bytes) are doubtful: their values may be too long."""

_BEGIN = re.compile(rb"8=FIX[^\x01=]{3,8}\x01")
_EQUALS: Final = np.uint64(0x3D3D3D3D3D3D3D3D)
_ONES: Final = np.uint64(0x0101010101010101)
_HIGH_BITS: Final = np.uint64(0x8080808080808080)
_ONE: Final = np.uint64(1)
_SEVEN: Final = np.uint64(7)
_EIGHT: Final = np.uint64(8)
_MASKS: Final = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
_TRAILER_DIGITS: Final = 3
_LENGTH_DIGITS: Final = 9


def tag_key(tag: bytes) -> np.uint64:
    """A tag as the scan has it: its digits as a little-endian integer."""
    return np.uint64(int.from_bytes(tag, "little"))


_BEGIN_STRING, _BODY_LENGTH, _MSG_TYPE, _CHECKSUM = map(tag_key, (b"8", b"9", b"35", b"10"))
_LENGTH_TAGS: Final = np.sort(np.array([tag_key(tag) for tag in DATA_BY_LENGTH]))
_LONG_TAG: Final = 1 << 16
"""Tags above this have more than two digits."""


def _slot(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The first two digits of tags, and whether there are more."""
    return (keys & np.uint64(_LONG_TAG - 1)) | ((keys >= _LONG_TAG).astype(np.uint64) << np.uint64(16))


_MAY_BE_LENGTH_TAG: Final = np.zeros(2 * _LONG_TAG, np.bool_)
_MAY_BE_LENGTH_TAG[_slot(_LENGTH_TAGS)] = True


class Scan:
    """The fields of whole, good messages that lie side by side.

    Attributes:
        text: all bytes, and the padding.
        starts: where each field begins.
        ends: where each field's SOH is.
        keys: the tag of each field, as `tag_key` has it.
        message: the number of each field's message.
        firsts: the number of each message's first field.
        layout: the tags of a message, where all messages have the same ones in the same order; else None.
    """

    def __init__(self, padded: bytes, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> None:
        self._padded = padded
        self.text: NDArray[np.uint8] = np.frombuffer(padded, np.uint8)
        self.starts, self.ends = starts, ends
        self._words: NDArray[np.uint64] = np.ndarray(len(padded) - 7, "<u8", padded, 0, (1,))
        self._unequal, self.keys = self._tags()
        self.firsts = np.flatnonzero(self.keys == _BEGIN_STRING)
        self.message = np.zeros(len(starts), np.intp)
        self.message[self.firsts[1:]] = 1
        self.message = self.message.cumsum()
        self.layout = self._common_layout()

    def _common_layout(self) -> NDArray[np.uint64] | None:
        """The tags of a message, where all messages have the same ones in the same order."""
        messages, fields = len(self.firsts), len(self.keys)
        if not messages or fields % messages:
            return None
        rows = self.keys.reshape(messages, -1)
        is_first = self.firsts[1:] == np.arange(1, messages) * rows.shape[1]
        return rows[0] if is_first.all() and (rows == rows[0]).all() else None

    def _tags(self) -> tuple[NDArray[np.bool_], NDArray[np.uint64]]:
        """Which fields have no `=` within their first eight bytes; and the tag of each."""
        word = self._words[self.starts]
        other = word ^ _EQUALS
        found = (other - _ONES) & ~other & _HIGH_BITS  # the lowest bit that is set is that of the first `=`
        lowest = found & (~found + _ONE)
        sizes = self.ends - self.starts
        beyond = _ONE << (np.minimum(sizes, 7).astype(np.uint64) * _EIGHT)
        return (found == 0) | ((sizes < 8) & (lowest >= beyond)), word & ((lowest >> _SEVEN) - _ONE)

    def is_framed(self) -> bool:
        """Whether all of it is messages whose header, length and sum are right."""
        firsts, lasts = self.firsts, np.flatnonzero(self.keys == _CHECKSUM)
        count = len(firsts)
        if not count or len(lasts) != count or firsts[0] or lasts[-1] != len(self.starts) - 1:
            return False
        if (firsts[1:] != lasts[:-1] + 1).any() or (lasts - firsts < 3).any():
            return False
        if (self.keys[firsts + 1] != _BODY_LENGTH).any() or (self.keys[firsts + 2] != _MSG_TYPE).any():
            return False
        return self._begins_alike() and self._is_as_long_as_said(lasts) and self._sums_are_right(lasts)

    def _begins_alike(self) -> bool:
        """Whether all messages begin with the same good BeginString."""
        starts, sizes = self.starts[self.firsts], self.ends[self.firsts] - self.starts[self.firsts]
        front = self.text[: int(sizes[0]) + 1].tobytes()
        if not _BEGIN.fullmatch(front) or (sizes != sizes[0]).any():
            return False
        words, ends = self._words[starts], self._words[starts + (sizes[0] - 8)]
        return not ((words != words[0]).any() or (ends != ends[0]).any())

    def _is_as_long_as_said(self, lasts: NDArray[np.intp]) -> bool:
        at = self.firsts + 1
        said, is_right = parse_digits(self.text, self.starts[at] + 2, self.ends[at], _LENGTH_DIGITS)
        return bool(is_right.all()) and bool((said == self.starts[lasts] - self.ends[at] - 1).all())

    def _sums_are_right(self, lasts: NDArray[np.intp]) -> bool:
        starts, ends = self.starts[lasts] + 3, self.ends[lasts]
        said, is_right = parse_digits(self.text, starts, ends, _TRAILER_DIGITS)
        if not is_right.all() or (ends - starts != _TRAILER_DIGITS).any():
            return False
        places = np.ravel(np.column_stack((self.starts[self.firsts], self.starts[lasts])))
        sums = np.add.reduceat(self.text, places, dtype=np.uint8)[::2]
        return bool((sums == said).all())

    def doubts(self) -> NDArray[np.bool_]:
        """Messages with a field that is none, is long, or announces data; or with bytes beyond ASCII."""
        doubtful = np.zeros(len(self.firsts), np.bool_)
        wrong = self._unequal | (self.ends - self.starts > LONGEST_FIELD)
        may_be = np.flatnonzero(_MAY_BE_LENGTH_TAG[_slot(self.keys)])
        keys = self.keys[may_be]
        places = np.searchsorted(_LENGTH_TAGS[:-1], keys)
        doubtful[self.message[may_be[_LENGTH_TAGS[places] == keys]]] = True
        if wrong.any():
            doubtful[self.message[wrong]] = True
        body = self.text[: int(self.ends[-1]) + 1]
        odd = np.flatnonzero((body - np.uint8(0x20) > np.uint8(0x5E)) & (body != 1))
        if odd.size:
            doubtful[self.message[np.searchsorted(self.ends, odd)]] = True
        return doubtful

    def fields(self, tag: bytes) -> NDArray[np.intp]:
        """All fields with this tag, in order."""
        if self.layout is None:
            return np.flatnonzero(self.keys == tag_key(tag))
        return (self.firsts[:, None] + np.flatnonzero(self.layout == tag_key(tag))).ravel()

    def find(self, tag: bytes, doubtful: NDArray[np.bool_]) -> NDArray[np.intp]:
        """The field of each message that has this tag, -1 where none has; two make the message doubtful."""
        places = np.full(len(self.firsts), -1, np.intp)
        found = self.fields(tag)
        messages = self.message[found]
        places[messages] = found
        twice = messages[1:] == messages[:-1]
        if twice.any():
            doubtful[messages[1:][twice]] = True
        return places

    def doubt(self, tag: bytes, longer_than: int, doubtful: NDArray[np.bool_]) -> None:
        """Messages with a field of this tag whose value is longer than so many bytes are doubtful."""
        found = self.fields(tag)
        if found.size:
            is_long = self.ends[found] - self.starts[found] > len(tag) + 1 + longer_than
            doubtful[self.message[found[is_long]]] = True

    def values(self, tag: bytes, fields: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Where the values of fields of this tag begin and end; an empty place where there is none (-1)."""
        if not fields.size or fields.min() >= 0:
            return self.starts[fields] + (len(tag) + 1), self.ends[fields]
        starts = np.where(fields < 0, 0, self.starts[fields] + (len(tag) + 1))
        return starts, np.where(fields < 0, 0, self.ends[fields])

    @cached_property
    def kinds(self) -> NDArray[np.uint8]:
        """MsgType (35) of each message; 0 for those of two letters."""
        starts, ends = self.values(b"35", self.firsts + 2)
        return np.where(ends - starts == 1, self.text[starts], np.uint8(0))

    def short_texts(self, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.uint64]:
        """Up to eight bytes from each of these places on, little-endian, zeros behind them."""
        texts: NDArray[np.uint64] = self._words[starts] & _MASKS[np.clip(ends - starts, 0, 8)]
        return texts

    def raw(self, message: int) -> bytes:
        """All bytes of a message, by its number."""
        last = self.firsts[message + 1] - 1 if message + 1 < len(self.firsts) else -1
        return self._padded[self.starts[self.firsts[message]] : self.ends[last] + 1]

    def part(self, start: int, end: int) -> bytes:
        """Some of the bytes."""
        return self._padded[start:end]

    def spans(self) -> NDArray[np.intp]:
        """Where each message begins and ends, one row each."""
        ends = np.append(self.ends[self.firsts[1:] - 1], self.ends[-1]) + 1
        return np.column_stack((self.starts[self.firsts], ends))


def scan(buffer: bytes) -> Scan | None:
    """The fields of a buffer of whole messages; None where the plain framing has to look at it."""
    if not buffer.startswith(b"8=FIX") or not buffer.endswith(SOH):
        return None
    padded = buffer + PADDING
    ends = np.flatnonzero(np.frombuffer(padded, np.uint8) == 1)
    starts = np.empty_like(ends)
    starts[0], starts[1:] = 0, ends[:-1] + 1
    found = Scan(padded, starts, ends)
    return found if found.is_framed() else None


def whole_end(buffer: Buffer) -> int:
    """Where the last whole message of a buffer ends if nothing in it is unusual; 0 if there is none."""
    last = buffer.rfind(b"\x0110=", 0, len(buffer) - len(b"000\x01"))
    return buffer.find(SOH, last + 1) + 1
