"""What the orders of a batch meet: the quotes of its symbols, at one moment."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from shared.market.limits.many.quote_table import QuoteTable
from shared.market.limits.many.symbol_market import SymbolMarket
from shared.market.limits.met import MetQuote
from shared.market.limits.met_hash import MetHash


class Market:
    """The quotes of some symbols.

    Args:
        numbers: of the symbols.
        names: of the same ones.
        hash_of: what Redis has of a symbol, by its number.
        heard_us: when each source was last heard of, if any limit asks for it; else nothing.
        table: has the same quotes, and maybe others.
    """

    def __init__(
        self,
        numbers: Sequence[int],
        names: Sequence[str],
        hash_of: Callable[[int], MetHash],
        heard_us: Mapping[str, int | None],
        table: QuoteTable,
    ) -> None:
        self._numbers, self._names = numbers, names
        self._hash_of = hash_of
        self._heard_us = heard_us
        self._table = table

    def quote(self, number: int) -> MetQuote | None:
        """The quote of a symbol; None where it has no hash."""
        quote = self._hash_of(number).quote
        if quote is None or not quote.source or not self._heard_us:
            return quote
        return quote._replace(heard_at_us=self._heard_us[quote.source])

    def transact_time(self, number: int) -> bytes:
        """The transact time of the same quote."""
        return self._hash_of(number).transact_time

    def as_columns(self) -> SymbolMarket:
        """The same for all symbols at once."""
        numbers = np.array(self._numbers, np.int64)
        return SymbolMarket(numbers, self._names, self._table, self._heard_us)
