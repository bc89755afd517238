"""The frames of a batch that were refused: a code each, by which their reason and their bytes are found."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from market_spread.framing import HEADER, REASONS, DecodeError
from shared.wire.framing import Buffer, RejectedFrame, Run
from shared.wire.groups import SameLengthFrames, count_frames

GOOD: Final = 0
CODES: Final = {reason: code for code, reason in enumerate(REASONS, start=1)}


class Rejects(Protocol):
    """The messages of a batch that were refused."""

    def counts(self) -> dict[str, int]:
        """How many, by reason."""

    def among(self, first: int, messages: int) -> int:
        """How many of so many messages, by the number of the first one."""

    def first(self, most: int) -> Iterator[RejectedFrame]:
        """The first ones, at most so many."""


class RejectedFrames:
    """The frames of a batch that were refused; see `Rejects`.

    Args:
        buffer: holds the batch; must stay as it is while `first` may be called.
        runs: where its frames are.
        codes: one a frame, `GOOD` or a value of `CODES`; None when all frames are good.
    """

    def __init__(self, buffer: Buffer, runs: Sequence[Run], codes: NDArray[np.uint8] | None) -> None:
        self._buffer, self._runs, self._codes = buffer, runs, codes

    def counts(self) -> dict[str, int]:
        """How many frames were refused, by reason."""
        if self._codes is None:
            return {}
        tally = np.bincount(self._codes, minlength=len(REASONS) + 1).tolist()
        return {reason: tally[code] for reason, code in CODES.items() if tally[code]}

    def among(self, first: int, frames: int) -> int:
        """How many were refused of so many frames, by the number of the first one."""
        return 0 if self._codes is None else int(np.count_nonzero(self._codes[first : first + frames]))

    def first(self, most: int) -> Iterator[RejectedFrame]:
        """The first ones, at most so many."""
        if self._codes is None:
            return
        firsts: list[int] = [0]
        for run in self._runs:
            firsts.append(firsts[-1] + run.frames)
        for frame in np.flatnonzero(self._codes)[:most].tolist():
            at = bisect_right(firsts, frame) - 1
            run = self._runs[at]
            start = run.offset + (frame - firsts[at]) * (HEADER.size + run.size) + HEADER.size
            raw = bytes(self._buffer[start : start + run.size])
            yield RejectedFrame(frame, REASONS[self._codes[frame] - 1], raw)


class RejectCodes:
    """Collects the codes of a batch; holds nothing as long as nothing is wrong."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = runs
        self.codes: NDArray[np.uint8] | None = None

    def refuse(self, frames: NDArray[np.intp] | int, codes: NDArray[np.uint8] | int) -> None:
        """Mark frames of the batch as refused."""
        if self.codes is None:
            self.codes = np.zeros(count_frames(self._runs), np.uint8)
        self.codes[frames] = codes

    def refuse_length(self, buffer: Buffer, group: SameLengthFrames, feed_type: int) -> None:
        """Refuse a whole group because no message of the feed has its length."""
        types = group.rows(buffer, _any_frame(group.size))["type"]
        codes = np.where(types == feed_type, CODES["length"], CODES["type"]).astype(np.uint8)
        self.refuse(group.frames, codes)

    def judge(
        self, rows: NDArray[np.void], frames: NDArray[np.intp], decode: Callable[[bytes], object]
    ) -> None:
        """Let the plain decoder say why each of these rows is refused.

        One that it finds nothing wrong with was doubted because its symbol got no number.
        """
        for row, frame in zip(rows, frames.tolist(), strict=True):
            try:
                decode(row.tobytes()[HEADER.size :])
            except DecodeError as error:
                self.refuse(frame, CODES[error.reason])
            else:
                self.refuse(frame, CODES["too_many_symbols"])


def _any_frame(size: int) -> np.dtype[np.void]:
    """A frame of which only the type matters."""
    return np.dtype(
        {"names": ["type"], "formats": ["u1"], "offsets": [HEADER.size], "itemsize": HEADER.size + size}
    )
