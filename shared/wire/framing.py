"""Framing: bytes to runs of frames and back, and what a bad frame is.

A frame is a 4-byte big-endian payload length, then the payload. Knows no sockets and no Redis.
"""

import struct
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

HEADER: Final = struct.Struct(">I")
MAX_PAYLOAD: Final = 4096
"""Longest payload, bytes; a longer one (or an empty one) means that the framing is lost."""

MIN_SYMBOL: Final = 1
MAX_SYMBOL: Final = 16
"""Width of a symbol on the wire, bytes."""

REASONS: Final = (
    "type",
    "length",
    "symbol",
    "side",
    "order_id",
    "transact_time",
    "number",
    "too_many_symbols",
)
"""Why a payload is refused; where several apply, the first one counts."""

_WALKED = 16  # a run shorter than this costs less frame by frame than one NumPy call
_FIRST_WINDOW = 64

Buffer = bytes | bytearray | memoryview


class DecodeError(ValueError):
    """A payload that is not a message of this feed.

    Attributes:
        reason: one of `REASONS`.
        raw: the payload as received.
    """

    def __init__(self, reason: str, raw: bytes) -> None:
        super().__init__(f"{reason}: {raw[:64]!r}")
        self.reason = reason
        self.raw = raw


class Run(NamedTuple):
    """Consecutive frames of one length."""

    offset: int
    """Where the first frame's length field starts, bytes."""
    size: int
    """Payload length of each, bytes."""
    frames: int

    @property
    def end(self) -> int:
        """Where the last frame ends, bytes."""
        return self.offset + self.frames * (HEADER.size + self.size)


class Split(NamedTuple):
    """The whole frames at the front of a buffer."""

    runs: list[Run]
    frames: int
    """How many there are."""
    end: int
    """Where the first byte that belongs to no whole frame is."""
    lost: int | None
    """The impossible length found at `end`, if the framing is lost there."""


class Reject(NamedTuple):
    """A frame that was refused."""

    frame: int
    """Its number within the batch."""
    reason: str
    raw: bytes
    """Its payload, bytes."""


def split(buffer: Buffer, start: int, end: int) -> Split:
    """Find the whole frames in `buffer[start:end]`."""
    runs: list[Run] = []
    frames, at = 0, start
    while end - at >= HEADER.size:
        (size,) = HEADER.unpack_from(buffer, at)
        if not 0 < size <= MAX_PAYLOAD:
            return Split(runs, frames, at, size)
        stride = HEADER.size + size
        fit = (end - at) // stride
        if not fit:
            break
        length = 1 if fit == 1 else _run_length(buffer, at, size, fit)
        runs.append(Run(at, size, length))
        frames, at = frames + length, at + length * stride
    return Split(runs, frames, at, None)


def _run_length(buffer: Buffer, at: int, size: int, fit: int) -> int:
    """How many of the `fit` frames that could follow really have this size (at least one)."""
    stride = HEADER.size + size
    walked = min(fit, _WALKED)
    for number in range(1, walked):
        if HEADER.unpack_from(buffer, at + number * stride)[0] != size:
            return number
    length, window = walked, _FIRST_WINDOW
    while length < fit:  # a growing window, so that mixed sizes never cost more than their bytes
        ahead = min(window, fit - length)
        sizes: NDArray[np.uint32] = np.ndarray(ahead, ">u4", buffer, at + length * stride, (stride,))
        other = sizes != size
        if other.any():
            return length + int(other.argmax())
        length, window = length + ahead, window * 8
    return length


def frame(payload: bytes) -> bytes:
    """Put a length in front of a payload."""
    return HEADER.pack(len(payload)) + payload


def is_printable(text: bytes) -> bool:
    """Whether all bytes are printable ASCII (space to tilde)."""
    return text.isascii() and text.decode("ascii").isprintable()


def clean_symbol(raw: bytes) -> bytes | None:
    """A symbol without its padding, or None if it is no symbol."""
    return _clean(raw) if len(raw) <= MAX_SYMBOL else _clean.__wrapped__(raw)


@lru_cache(maxsize=1 << 14)
def _clean(raw: bytes) -> bytes | None:
    """`clean_symbol`; remembered, because the same symbols come again and again (0.1 us instead of 1)."""
    name = raw.strip(b" ")
    if name and len(name) <= MAX_SYMBOL and b" " not in name and is_printable(name):
        return name
    return None
