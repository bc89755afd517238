"""Heartbeats: a sender that has nothing to send says now and then that it is there."""

import time

from market_spread.hello import HEARTBEAT


class Heartbeat:
    """Fills silence.

    Args:
        every_s: how long silence may last, seconds; None for as long as it likes.

    Raises:
        ValueError: that is not above 0.
    """

    def __init__(self, every_s: float | None) -> None:
        if every_s is not None and not every_s > 0:
            raise ValueError(f"heartbeat_s {every_s}: it has to be above 0, or None for no heartbeats")
        self._every_s = every_s
        self.restart()

    def restart(self) -> None:
        """Silence begins now."""
        self._silent_since = time.monotonic()

    def fill(self, frames: memoryview) -> memoryview:
        """What to send now: these frames, a heartbeat if there are none and it is time, or nothing."""
        if self._every_s is None:
            return frames
        now = time.monotonic()
        if not frames and now - self._silent_since < self._every_s:
            return frames
        self._silent_since = now
        return frames or memoryview(HEARTBEAT)
