"""Frames that are made while they are sent, and kept until they have taken effect."""

from bisect import bisect_right
from collections.abc import Callable
from typing import Final

import numpy as np

from services.cli.made_market.market import Frames

WINDOW_BYTES: Final = 1 << 25
"""How much is kept; while all of it waits for its ACK, no more is made."""


class LiveFrames:
    """Numbered frames from a maker.

    Args:
        make: makes so many more frames.
        window_bytes: about how much is kept at most.
    """

    def __init__(self, make: Callable[[int], list[Frames]], window_bytes: int = WINDOW_BYTES) -> None:
        self._make = make
        self._room = window_bytes
        self._kept: list[Frames] = []
        self._starts: list[int] = []  # number of the first frame of each array kept
        self._made = 0
        self._is_closed = False
        self.position = 0
        """The next frame to be taken."""

    @property
    def end(self) -> int | None:
        """How many frames there are to send; unknown until closed."""
        return self._made if self._is_closed else None

    def close(self) -> None:
        """Make no more (from any thread)."""
        self._is_closed = True

    def seek(self, frame: int) -> None:
        """Go on from this frame.

        Raises:
            LookupError: it is no longer kept, or was never made.
        """
        first = self._starts[0] if self._starts else self._made
        if not first <= frame <= self._made:
            raise LookupError(f"only frames {first} to {self._made} are kept")
        self.position = frame

    def take(self, most: int) -> memoryview:
        """The next frames, at most so many; none while those kept leave no room to make more."""
        if self.position == self._made and self._room > 0 and not self._is_closed:
            for frames in self._make(most):
                self._keep(frames)
        if self.position == self._made:
            return memoryview(b"")
        at = bisect_right(self._starts, self.position) - 1
        start = self.position - self._starts[at]
        some = self._kept[at][start : start + most]
        self.position += len(some)
        return some.view(np.uint8).data

    def _keep(self, frames: Frames) -> None:
        self._kept.append(frames)
        self._starts.append(self._made)
        self._made += len(frames)
        self._room -= frames.nbytes

    def forget(self, count: int) -> None:
        """Keep the frames below `count` no longer (an array of frames goes as a whole)."""
        ends = [*self._starts[1:], self._made]
        gone = bisect_right(ends, count)
        self._room += sum(frames.nbytes for frames in self._kept[:gone])
        del self._kept[:gone], self._starts[:gone]
