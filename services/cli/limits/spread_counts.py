"""How wide recorded quotes are, counted in bounded memory however many there are."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

BEGINS: Final = tuple(map(Decimal, ("0", "1", "5", "10", "25", "50", "100", "250", "1000", "10000")))
"""Prices from which on quotes are counted apart; those below the first are with the first."""

_STEP: Final = 1.005
"""The widths of a bin are alike up to so much."""
_FIRST: Final = 1e-9
_BINS: Final = 12_000
"""Up to a width of 1e17."""
_DIGITS: Final = 2
"""Of a suggested limit."""


class SpreadCounts:
    """Counts of quotes by price, spread, and spread as a part of the mid."""

    def __init__(self) -> None:
        shape = len(BEGINS), _BINS
        self._spreads, self._ratios = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self.two_sided = 0
        self.others = 0
        """Quotes with a side absent."""

    def add(self, bids: NDArray[np.float64], offers: NDArray[np.float64]) -> None:
        """Count quotes; NaN is an absent side. A crossed or locked one is within any limit."""
        is_whole = ~(np.isnan(bids) | np.isnan(offers))
        bid, offer = bids[is_whole], offers[is_whole]
        self.two_sided += len(bid)
        self.others += len(bids) - len(bid)
        begins = np.array([float(each) for each in BEGINS[1:]])
        step = np.searchsorted(begins, bid, side="right")
        spread, mid = offer - bid, (offer + bid) / 2
        np.add.at(self._spreads, (step, _bins(spread)), 1)
        has_mid = mid > 0
        np.add.at(self._ratios, (step[has_mid], _bins(spread[has_mid] / mid[has_mid])), 1)

    def quotes_in(self, steps: Sequence[int]) -> int:
        """How many quotes there are in some steps of the price."""
        return int(self._spreads[list(steps)].sum())

    def limits(self, steps: Sequence[int], quantile: float) -> tuple[Decimal, Decimal | None]:
        """Spread and ratio above those of so many quotes; no ratio where no quote has a mid above zero."""
        rows = list(steps)
        spread, ratio = (
            _above(self._spreads[rows].sum(axis=0), quantile),
            _above(self._ratios[rows].sum(axis=0), quantile),
        )
        assert spread is not None  # whoever asks has looked for quotes
        return spread, ratio


def _bins(widths: NDArray[np.float64]) -> NDArray[np.int64]:
    """The bin of each width: the first is for those that are not above zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        bins = np.floor(np.log(np.maximum(widths, _FIRST) / _FIRST) / np.log(_STEP)) + 1
    found: NDArray[np.int64] = np.clip(bins, 0, _BINS - 1).astype(np.int64)
    found[widths <= 0] = 0
    return found


def _above(counts: NDArray[np.int64], quantile: float) -> Decimal | None:
    """A number with few digits that is above so many of the counted widths."""
    total = int(counts.sum())
    if not total:
        return None
    place = int(np.searchsorted(np.cumsum(counts), quantile * total))
    edge = Decimal(_FIRST * _STEP**place)
    unit = Decimal(1).scaleb(edge.adjusted() - _DIGITS + 1)
    return edge.quantize(unit, rounding=ROUND_CEILING)
