"""Which row of the rule arrays holds for a symbol at a moment."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from shared.market.limits.judge import Judge, Phase
from shared.market.limits.many.columns import Ints
from shared.market.limits.many.rule_arrays import RuleArrays, arrays_of, joined
from shared.market.limits.rules_in_force import RulesInForce
from shared.market.limits.values import Override

_MOST_ROWS: Final = 20_000
_MOST_SYMBOLS: Final = 200_000


class RuleRows:
    """The rows of a version, made when they are met.

    Args:
        judge: the version's.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        version = judge.version
        self.absent = sorted({float(price) for each in version.classes for price in each.absent})
        """All prices that mean no price in some class."""
        self._phase: Phase | None = None
        self._of_symbol: dict[str, int] = {}
        self._forget()

    def _forget(self) -> None:
        self._rows: dict[tuple[int, str, Override | None], int] = {}
        self._of_symbol.clear()
        self.rules: list[RulesInForce] = []
        """What is in each row; made anew when there are too many."""
        self._arrays: RuleArrays | None = None

    def find(self, symbols: Sequence[str], moment_us: int) -> tuple[Ints, RuleArrays]:
        """The row of each symbol at a moment, and what is in the rows.

        Args:
            symbols: at least one.
            moment_us: microseconds since the Unix epoch.
        """
        rows = self.rows_of(symbols, moment_us)
        return np.array(rows, np.int64), self.arrays()

    def rows_of(self, symbols: Sequence[str], moment_us: int) -> list[int]:
        """The row of each symbol at a moment, microseconds since the Unix epoch."""
        phase = self._judge.phase_at(moment_us)
        if phase != self._phase or len(self._of_symbol) > _MOST_SYMBOLS:
            self._of_symbol.clear()
            self._phase = phase
        if len(self._rows) > _MOST_ROWS:
            self._forget()
        known = self._of_symbol
        return [known[each] if each in known else self._find(each, moment_us) for each in symbols]

    def _find(self, symbol: str, moment_us: int) -> int:
        judge = self._judge
        place = judge.class_of(symbol)
        key = place, judge.window_of(place, moment_us), judge.override_of(symbol, moment_us)
        if key not in self._rows:
            self._rows[key] = len(self.rules)
            self.rules.append(judge.rules_at(key[0], key[1], None, key[2]))
        self._of_symbol[symbol] = self._rows[key]
        return self._rows[key]

    def arrays(self) -> RuleArrays:
        """What is in all rows that there are, as arrays."""
        made = 0 if self._arrays is None else len(self._arrays.quote_us)
        if self._arrays is None or made < len(self.rules):
            new = arrays_of(self.rules[made:], self.absent)
            self._arrays = new if self._arrays is None else joined(self._arrays, new)
        return self._arrays
