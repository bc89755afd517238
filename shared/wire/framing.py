"""Framing: bytes to runs of frames. Knows no sockets and no Redis."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market_spread.framing import HEADER, MAX_PAYLOAD

_WALKED = 16  # a run shorter than this costs less frame by frame than one NumPy call
_FIRST_WINDOW = 64

Buffer = bytes | bytearray | memoryview


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


class RejectedFrame(NamedTuple):
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
