"""The frames of a batch, one by one or as groups of equal length."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market_spread.framing import HEADER
from shared.wire.framing import Buffer, Run


class SameLengthFrames(NamedTuple):
    """All frames of one length in a batch."""

    size: int
    """Payload length, bytes."""
    runs: list[Run]
    frames: NDArray[np.intp]
    """Their numbers within the batch, ascending."""

    def rows(self, buffer: Buffer, dtype: np.dtype[np.void]) -> NDArray[np.void]:
        """The frames as a structured array, in order; a view where they lie in one run.

        They are joined as bare bytes: joined as structures they would be turned to native byte order.
        """
        bare = np.dtype((np.void, dtype.itemsize))
        views = [np.frombuffer(buffer, bare, run.frames, run.offset) for run in self.runs]
        return (views[0] if len(views) == 1 else np.concatenate(views)).view(dtype)


def count_frames(runs: Sequence[Run]) -> int:
    """How many frames the runs hold."""
    return sum(run.frames for run in runs)


def groups(runs: Sequence[Run]) -> Iterator[SameLengthFrames]:
    """The frames of a batch by payload length."""
    by_size: dict[int, list[tuple[int, Run]]] = {}
    first = 0
    for run in runs:
        by_size.setdefault(run.size, []).append((first, run))
        first += run.frames
    for size, members in by_size.items():
        starts = np.array([start for start, _ in members])
        counts = np.array([run.frames for _, run in members])
        offsets = np.repeat(starts - (counts.cumsum() - counts), counts)
        yield SameLengthFrames(size, [run for _, run in members], np.arange(len(offsets)) + offsets)


def payloads(buffer: Buffer, runs: Sequence[Run]) -> Iterator[bytes]:
    """The payload of each frame, in order."""
    for offset, size, frames in runs:
        stride = HEADER.size + size
        for start in range(offset + HEADER.size, offset + frames * stride, stride):
            yield bytes(buffer[start : start + size])
