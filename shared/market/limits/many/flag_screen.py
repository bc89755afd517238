"""Which of many quotes surely have nothing that a reader has to be warned of."""

from collections.abc import Sequence

import numpy as np

from shared.market.limits.judge import Judge
from shared.market.limits.many.market_table import is_narrow
from shared.market.limits.many.rule_rows import RuleRows
from shared.market.limits.rules_in_force import RulesInForce
from shared.market.limits.verdict import Flags
from shared.market.quote_state import TWO_SIDED


class FlagScreen:
    """Finds the quotes whose flags have to be found out one by one, and knows those of all others.

    Args:
        judge: the version's.
    """

    def __init__(self, judge: Judge) -> None:
        self._rows = RuleRows(judge)
        self._calm: list[Flags] = []
        """By row, the flags of a quote with nothing wrong."""
        self._rules: list[RulesInForce] = self._rows.rules
        """What is in those rows."""

    def find(
        self,
        symbols: Sequence[str],
        bids: Sequence[float | None],
        offers: Sequence[float | None],
        now_us: int,
    ) -> list[Flags | None]:
        """The flags of each quote of a symbol that trades; None where they are not surely the usual ones.

        Args:
            symbols: at least one.
            bids: of each; None where that side is absent.
            offers: the same.
            now_us: the moment, microseconds since the Unix epoch.
        """
        bid, offer = np.array(bids, np.float64), np.array(offers, np.float64)  # None becomes a NaN
        with np.errstate(over="ignore", invalid="ignore"):
            rows, rules = self._rows.find(symbols, now_us)
            step = rules.tiers.step(rows, bid)
            spread, ratio = (each[rows, step] for each in rules.tiers.values)
            is_sure = (bid >= 0) & (bid < offer) & is_narrow(bid, offer, spread, ratio, np.float64(1))
            for place, price in enumerate(self._rows.absent):
                is_sure &= ~(rules.absent[rows, place] & ((bid == price) | (offer == price)))
        calm = self._calm_by_row()
        return [
            calm[row] if is_calm else None
            for row, is_calm in zip(rows.tolist(), is_sure.tolist(), strict=True)
        ]

    def _calm_by_row(self) -> list[Flags]:
        rules = self._rows.rules
        if rules is not self._rules:  # they were made anew
            self._rules, self._calm = rules, []
        self._calm += [Flags((), TWO_SIDED, each.scope.text()) for each in rules[len(self._calm) :]]
        return self._calm
