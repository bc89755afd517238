"""Transact times as the feeds carry them: `YYYYMMDD-HH:MM:SS.mmm`, 21 bytes, UTC."""

import time
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


def transact_times(count: int, from_ms: int, to_ms: int) -> NDArray[np.bytes_]:
    """So many times, evenly over the milliseconds from `from_ms` up to `to_ms` since the Unix epoch.

    Returns:
        shape `(count,)`, dtype `S21`, ascending.
    """
    at_ms = from_ms + np.arange(count) * (to_ms - from_ms) // max(count, 1)
    seconds, millis = np.divmod(at_ms, 1000)
    if count and seconds[0] == seconds[-1]:
        return _second(int(seconds[0]))[millis]
    times = np.empty(count, "S21")
    for second in np.unique(seconds):
        chosen = seconds == second
        times[chosen] = _second(int(second))[millis[chosen]]
    return times


@lru_cache(maxsize=4)  # a feed writes thousands of times within the same second
def _second(second: int) -> NDArray[np.bytes_]:
    """All milliseconds of a second."""
    prefix = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime(second))
    return np.array([f"{prefix}.{milli:03d}" for milli in range(1000)], "S21")
