"""What arrays know of each symbol: kept until its quote changes, or which limits hold for it."""

from collections.abc import Sequence
from math import inf
from typing import Final

import numpy as np

from shared.market.limits.judge import Judge
from shared.market.limits.many.columns import Ints, QuoteColumns
from shared.market.limits.many.market_table import Pairs, as_judged, market_table
from shared.market.limits.many.outcome_kinds import Patterns, outcomes
from shared.market.limits.many.quote_table import QuoteTable
from shared.market.limits.many.rule_arrays import RuleArrays
from shared.market.limits.many.rule_rows import RuleRows

_UNKNOWN: Final = -1


class KnownSymbols:
    """Knows between which prices orders on a symbol surely pass, whatever account they are of.

    All arrays are by the symbol's number. Time alone changes nothing in them: silence is looked at apart.

    Args:
        judge: of the version.
        tighten: the smallest factor of any account.
    """

    def __init__(self, judge: Judge, tighten: float) -> None:
        self._judge = judge
        self._rows = RuleRows(judge)
        self._tighten = tighten
        self._phase: object = None
        self._of_rows = self._rows.rules
        self._quotes: QuoteTable | None = None
        self._forget(0)

    def _forget(self, symbols: int) -> None:
        self._stamps = np.full(symbols, _UNKNOWN, np.int64)
        self.row = np.zeros(symbols, np.int64)
        """The row of its rules."""
        self.low = np.full((symbols, 2), inf)
        """By side: a price above this and below `high` passes, ticks apart."""
        self.high = np.full((symbols, 2), -inf)
        self.touch = np.zeros((symbols, 2))
        """The price that an order would meet; NaN where there is none."""
        self.passes_without_price = np.zeros((symbols, 2), np.bool_)
        self.pattern = np.zeros(symbols, np.int64)
        self.patterns = Patterns()

    @property
    def rules(self) -> RuleArrays:
        """What is in the rows."""
        return self._rows.arrays()

    def refresh(self, quotes: QuoteTable, numbers: Ints, names: Sequence[str], now_us: int) -> None:
        """Find out what has changed of some symbols.

        Args:
            quotes: of all symbols.
            numbers: of the symbols.
            names: what they are called.
            now_us: the moment, microseconds since the Unix epoch.
        """
        stamps = quotes.stamps(numbers)
        phase = self._judge.phase_at(now_us)
        is_other = quotes is not self._quotes or phase != self._phase or quotes.size > len(self._stamps)
        if is_other or self.patterns.are_many:
            self._quotes, self._phase = quotes, phase
            self._forget(quotes.size)
        stale = np.flatnonzero(self._stamps[numbers] != stamps)
        if stale.size:
            self._learn(quotes, numbers, names, stale, now_us)
            self._stamps[numbers[stale]] = stamps[stale]

    def _learn(
        self, quotes: QuoteTable, numbers: Ints, names: Sequence[str], stale: Ints, now_us: int
    ) -> None:
        """Learn of some of the symbols; of all, if the rows that were known are void."""
        rows, rules = self._rows.find([names[place] for place in stale.tolist()], now_us)
        if self._rows.rules is not self._of_rows:
            self._of_rows = self._rows.rules
            self._forget(quotes.size)
            if len(stale) < len(numbers):
                self.refresh(quotes, numbers, names, now_us)
                return
        found = numbers[stale]
        judged = self.judged(quotes.columns(found, {}), rows)
        pairs = Pairs(np.arange(len(found)), np.full(len(found), self._tighten))
        table = market_table(rules, rows, judged, pairs)
        self.row[found] = rows
        self.low[found], self.high[found] = table.low, table.high
        self.passes_without_price[found], self.touch[found] = table.without_price, table.touch
        self.pattern[found] = self.patterns.numbers_of(*outcomes(rules, rows, judged))

    def judged(self, quotes: QuoteColumns, rows: Ints) -> QuoteColumns:
        """Quotes without the prices that mean no price, by the row of each."""
        return as_judged(quotes, np.array(self._rows.absent), self.rules.absent[rows])
