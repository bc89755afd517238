"""How the prices of a made market move: random-walk mids, spreads that widen for a while and narrow again."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

_REDRAWN: Final = 1 / 80
"""A symbol's chance in each step that its spread is drawn anew: wide ones stay so for about 80 steps."""
_STEP_SIGMA: Final = 8e-5
"""Standard deviation of a mid's relative move in a step: with ten steps a second 0.025 % in a second."""
_LOWEST_CENTS: Final = 100.0
"""No mid falls below a dollar, where a spread of 4 cents would be 4 % and nearly risky."""

_NARROW_CENTS: Final = np.array([1, 1, 1, 2, 2, 2, 3, 4])
_JITTER_CENTS: Final = np.array([-1, 0, 0, 1])
_LEAST_WIDENING_CENTS: Final = 4
"""Together with the least narrow spread the rule's five cents."""

Words = NDArray[np.uint64]
"""Random 64-bit words, shape `(n,)`; different bits of one serve different purposes."""
Integers = NDArray[np.int64]


class Walk:
    """Where every symbol's price is.

    Args:
        cents: the starting prices.
        risky: which share of the symbols has a wide spread at any time, 0 to 1.
        draw: gives so many random words.
    """

    def __init__(self, cents: list[int], risky: float, draw: Callable[[int], Words]) -> None:
        self._draw = draw
        self._risky = risky
        self._exact_mids = np.maximum(np.array(cents, np.float64), _LOWEST_CENTS)
        self._mids = np.rint(self._exact_mids).astype(np.int64)
        self._widening = np.zeros(len(cents), np.int64)
        self._redraw(np.ones(len(cents), np.bool_), draw(len(cents)))

    def step(self) -> None:
        """Let every mid move, and some spreads widen or narrow."""
        words = self._draw(len(self._mids))
        halves = [((words >> shift) & 0xFFFF).astype(np.float64) for shift in (0, 16, 32, 48)]
        normal = (halves[0] + halves[1] + halves[2] + halves[3] - 131_070.0) / 37_837.0  # near enough
        self._exact_mids = np.maximum(self._exact_mids * (1.0 + _STEP_SIGMA * normal), _LOWEST_CENTS)
        self._mids = np.rint(self._exact_mids).astype(np.int64)
        words = self._draw(len(self._mids))
        self._redraw((words & 0xFFFF) < int(_REDRAWN * 0x10000), words)

    def _redraw(self, chosen: NDArray[np.bool_], words: Words) -> None:
        """Draw anew which of the chosen symbols have a wide spread, and how wide."""
        is_wide = (words >> 32) < int(self._risky * 0x1_0000_0000)
        widening = _LEAST_WIDENING_CENTS + ((words >> 16) & 0xF).astype(np.int64)
        self._widening[chosen] = np.where(is_wide, widening, 0)[chosen]

    def quoted(self, symbols: Integers, words: Words) -> tuple[Integers, Integers]:
        """What the symbols of these numbers are bid and offered at, cents (bits 0 to 4 of the words)."""
        spreads = self._widening[symbols] + _NARROW_CENTS[words & 7]
        bids = self._mids[symbols] + _JITTER_CENTS[(words >> 3) & 3] - spreads // 2
        return bids, bids + spreads

    def mid(self, symbol: int) -> int:
        """Where the symbol of this number is, cents."""
        return int(self._mids[symbol])

    def limits(self, symbols: Integers, words: Words) -> Integers:
        """What orders on the symbols of these numbers are limited to, cents (bits 0 to 2 of the words)."""
        return self._mids[symbols] + (words & 7).astype(np.int64) - 4
