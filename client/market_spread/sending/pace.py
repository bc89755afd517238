"""Holding a rate evenly: so many frames a second in small slices, without bursts and without drift."""

import time
from collections.abc import Callable
from typing import Final

SLICE_S: Final = 0.002
"""How far slices are apart at least; a selector's time-out is whole milliseconds."""

_LARGEST_SLICE_S: Final = 0.005
"""A late slice carries no more than what is due in this time: catching up is 2.5 times the rate at most."""
_MADE_UP_S: Final = 1.0
"""What is later than this is not made up for."""
_UNLIMITED: Final = 1 << 14


class Pace:
    """Says when the next frames may go.

    Args:
        per_second: frames a second; 0 for as fast as possible.
        clock: seconds, monotonic.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self.restart()

    def restart(self) -> None:
        """Start counting now: what did not go until now is not made up for."""
        self._start = self._next = self._clock()
        self._granted = 0

    def due(self) -> int:
        """How many more frames may go now; each is granted once."""
        if not self._per_second:
            return _UNLIMITED
        now = self._clock()
        if now < self._next:
            return 0
        behind = (now - self._start) * self._per_second - self._granted
        most = self._per_second * _MADE_UP_S + 1
        if behind > most:
            self._start += (behind - most) / self._per_second
            behind = most
        granted = min(int(behind), int(self._per_second * _LARGEST_SLICE_S) + 1)
        self._granted += granted
        next_frame = self._start + (self._granted + 1) / self._per_second
        self._next = max(now + SLICE_S, next_frame)
        return granted

    def wait_s(self) -> float:
        """How long until something is due."""
        return max(0.0, self._next - self._clock())
