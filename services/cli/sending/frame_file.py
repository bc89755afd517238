"""A file of frames, sent straight from its memory."""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from market_spread.framing import HEADER
from shared.wire.framing import Run, split

_INDEXED_AT_ONCE: Final = 1 << 26


class NotFramesError(ValueError):
    """The file does not hold whole frames and nothing else."""


class FrameFile:
    """The frames of a file, over and over; each can be sent at any time.

    The whole file is looked through first, so that one that is broken anywhere is refused before anything
    is sent.

    Args:
        path: of the file.
        repeat: how many times its frames are to be sent.

    Raises:
        OSError: the file cannot be read.
        NotFramesError: it ends inside a frame, or its framing is lost.
    """

    def __init__(self, path: Path, repeat: int = 1) -> None:
        self.data = _map(path)
        """All of its bytes."""
        self.repeat = repeat
        self._index()
        self.end = self._count * repeat
        """How many frames there are to send."""
        self.position = 0
        """The next one to be taken."""

    def _index(self) -> None:
        """Note where the runs of equal frames start, as a frame's number and as a byte's."""
        runs = np.concatenate([np.zeros((0, 3), np.int64), *(np.array(each) for each in self.pieces())])
        self._run_bytes, self._strides = runs[:, 0], runs[:, 1] + HEADER.size
        ends = np.cumsum(runs[:, 2])
        self._run_frames = ends - runs[:, 2]
        self._count = int(ends[-1]) if len(ends) else 0

    def pieces(self) -> Iterator[list[Run]]:
        """The runs of equal frames, some 64 MB at once.

        Raises:
            NotFramesError: the file ends inside a frame, or its framing is lost.
        """
        at = 0
        while at < len(self.data):
            found = split(self.data, at, min(at + _INDEXED_AT_ONCE, len(self.data)))
            if found.lost is not None:
                raise NotFramesError(
                    f"byte {found.end} announces a payload of {found.lost} bytes: not a file of frames"
                )
            if found.end == at:
                raise NotFramesError(f"ends inside a frame, which starts at byte {at}")
            yield found.runs
            at = found.end

    def _offset(self, number: int) -> int:
        """Where a frame of the file starts (or, after the last one, where the file ends)."""
        if number == self._count:
            return len(self.data)
        run = int(np.searchsorted(self._run_frames, number, "right")) - 1
        return int(self._run_bytes[run] + (number - self._run_frames[run]) * self._strides[run])

    def seek(self, frame: int) -> None:
        """Go on from this frame.

        Raises:
            LookupError: there are not so many.
        """
        if frame > self.end:
            raise LookupError(f"there are only {self.end} frames to send")
        self.position = frame

    def take(self, most: int) -> memoryview:
        """The next frames, at most so many; none after the last."""
        if self.position == self.end:
            return memoryview(b"")
        start = self.position % self._count
        end = min(start + most, self._count)
        self.position += end - start
        return self.data[self._offset(start) : self._offset(end)]

    def forget(self, count: int) -> None:
        """Nothing: a file keeps its frames."""


def _map(path: Path) -> memoryview:
    """The file's bytes; what has no size to map (nothing, a pipe) is read."""
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            return memoryview(file.read())
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
