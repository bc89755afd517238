"""The flags of many quotes at once, if they have both sides; all others are judged one by one."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from shared.market.exact import difference_margin, difference_reaches, ratio_margin, ratio_reaches
from shared.market.limits.judge import Judge
from shared.market.limits.many.rule_rows import RuleRows
from shared.market.limits.rules_in_force import RulesInForce
from shared.market.limits.verdict import Flags
from shared.market.quote_state import TWO_SIDED
from shared.market.reasons import SPREAD, SPREAD_RATIO

VECTOR_QUOTES: Final = 16
"""From so many quotes on, arrays are quicker than one quote after the other."""

_REASONS: Final = ((), (SPREAD,), (SPREAD_RATIO,), (SPREAD, SPREAD_RATIO))
"""By 1 for a wide spread and 2 for a relatively wide one."""

_Widths = tuple[Flags, ...]
"""The flags for each of these."""


class FlagScreen:
    """Knows the flags of symbols that trade, with prices on both sides that are neither locked nor crossed.

    Args:
        judge: the version's.
    """

    def __init__(self, judge: Judge) -> None:
        self._rows = RuleRows(judge)
        self._by_row: list[_Widths] = []
        self._rules: list[RulesInForce] = self._rows.rules
        """What is in those rows."""

    def find(
        self,
        symbols: Sequence[str],
        bids: Sequence[float | None],
        offers: Sequence[float | None],
        now_us: int,
    ) -> list[Flags | None]:
        """The flags of each quote; None where it has to be judged by itself.

        Args:
            symbols: at least one.
            bids: of each; None where that side is absent.
            offers: the same.
            now_us: the moment, microseconds since the Unix epoch.
        """
        rows = self._rows.rows_of(symbols, now_us)
        if len(rows) < VECTOR_QUOTES:
            widths = self._widths()
            return [
                self._find_one(self._rules[row], widths[row], bid, offer)
                for row, bid, offer in zip(rows, bids, offers, strict=True)
            ]
        return self._find_many(rows, bids, offers)

    def _find_one(
        self, rules: RulesInForce, widths: _Widths, bid: float | None, offer: float | None
    ) -> Flags | None:
        if bid is None or offer is None or not 0 <= bid < offer or not rules.absent.isdisjoint((bid, offer)):
            return None
        is_wide = is_relatively_wide = False
        if rules.tiers is not None:
            spread, ratio = rules.tiers.at(bid)
            is_wide = spread is not None and difference_reaches(offer, bid, spread)
            is_relatively_wide = ratio is not None and ratio_reaches(offer, bid, bid, offer, ratio)
        return widths[is_wide + 2 * is_relatively_wide]

    def _find_many(
        self, row_of_each: list[int], bids: Sequence[float | None], offers: Sequence[float | None]
    ) -> list[Flags | None]:
        rows, rules = np.array(row_of_each, np.int64), self._rows.arrays()
        bid, offer = np.array(bids, np.float64), np.array(offers, np.float64)  # None becomes a NaN
        with np.errstate(over="ignore", invalid="ignore"):
            step = rules.tiers.step(rows, bid)
            spread, ratio = (each[rows, step] for each in rules.tiers.values)
            margin, slack = difference_margin(offer, bid, spread)
            ratio_by, ratio_slack = ratio_margin(offer, bid, bid, offer, ratio)
            is_unsure = (np.abs(margin) <= slack) | (np.abs(ratio_by) <= ratio_slack)
            is_sure = (bid >= 0) & (bid < offer) & ~is_unsure
            for place, price in enumerate(self._rows.absent):
                is_sure &= ~(rules.absent[rows, place] & ((bid == price) | (offer == price)))
            codes = (margin > 0) + 2 * (ratio_by > 0)
        widths = self._widths()
        return [
            widths[row][code] if found else None
            for row, code, found in zip(row_of_each, codes.tolist(), is_sure.tolist(), strict=True)
        ]

    def _widths(self) -> list[_Widths]:
        """By row."""
        rules = self._rows.rules
        if rules is not self._rules:  # they were made anew
            self._rules, self._by_row = rules, []
        for each in rules[len(self._by_row) :]:
            text = each.scope.text()
            self._by_row.append(tuple(Flags(why, TWO_SIDED, text) for why in _REASONS))
        return self._by_row
