"""Distributions of whole numbers over many orders of magnitude, in little memory (as HDR histograms)."""

from collections.abc import Sequence
from typing import Final

_SUB_BITS: Final = 5
_SUBS: Final = 1 << _SUB_BITS
_SIZE: Final = 40 * _SUBS


class Histogram:
    """Counts values from 0 to 2**40, each to within 3 % of its size."""

    def __init__(self) -> None:
        self.counts = [0] * _SIZE
        self.total = 0
        self.sum = 0

    def record(self, value: int, times: int = 1) -> None:
        """Count a value, so many times."""
        self.counts[_SMALL[value] if 0 <= value < _SMALLS else _index(value)] += times
        self.total += times
        self.sum += value * times

    def up_to(self, power: int) -> int:
        """How many values were at most 2**power."""
        return sum(self.counts[: _index(1 << power) + 1])


class Window:
    """What a histogram has counted since the last look."""

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram
        self._before = list(histogram.counts)

    def percentiles(self, fractions: Sequence[float]) -> list[int] | None:
        """The values that these fractions did not exceed since the last look; None if there were none."""
        now = list(self._histogram.counts)
        new = [after - before for after, before in zip(now, self._before, strict=True)]
        self._before = now
        total = sum(new)
        return [_percentile(new, total * fraction) for fraction in fractions] if total else None


def _percentile(counts: list[int], rank: float) -> int:
    seen = 0
    for index, count in enumerate(counts):
        seen += count
        if count and seen >= rank:
            return _upper(index)
    raise AssertionError("rank beyond the total")


def _index(value: int) -> int:
    """The bucket that `value` is in: it holds the values above the one before and up to its own bound."""
    below = max(value, 1) - 1
    shift = max(below.bit_length() - _SUB_BITS - 1, 0)
    return min((shift << _SUB_BITS) + (below >> shift), _SIZE - 1)


def _upper(index: int) -> int:
    """The largest value of a bucket."""
    shift = max((index >> _SUB_BITS) - 1, 0)
    return ((index - (shift << _SUB_BITS)) + 1) << shift


_SMALLS: Final = 2048
_SMALL: Final = [_index(value) for value in range(_SMALLS)]
"""Their buckets: nearly all values are small, and to work it out takes 0.5 us, twice for each batch."""
