"""How much of something may happen, when it could be without end: log lines, entries, kept samples."""

import time


class Allowance:
    """So many at once, and so many a second after that.

    Args:
        burst: how many at once.
        per_second: how many a second in the long run.
    """

    def __init__(self, burst: int, per_second: int) -> None:
        self._burst, self._per_second = burst, per_second
        self._left, self._at = float(burst), time.monotonic()

    def take(self, wanted: int) -> int:
        """How many of `wanted` are allowed now."""
        now = time.monotonic()
        self._left = min(self._left + (now - self._at) * self._per_second, self._burst)
        self._at = now
        taken = min(wanted, int(self._left))
        self._left -= taken
        return taken
