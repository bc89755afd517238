"""What the orders of a batch meet: the quotes of its symbols, at one moment."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from shared.market.limits.many.columns import Ints, QuoteColumns
from shared.market.limits.many.quote_table import QuoteTable
from shared.market.limits.met import MetQuote
from shared.market.limits.met_hash import MetHash


class Market:
    """The quotes of some symbols.

    Args:
        numbers: of the symbols.
        names: of the same ones.
        hashes: what Redis has of them.
        heard_us: when each source was last heard of, if any limit asks for it; else nothing.
        table: has the same quotes, and maybe others.
    """

    def __init__(
        self,
        numbers: Sequence[int],
        names: Sequence[str],
        hashes: Sequence[MetHash],
        heard_us: Mapping[str, int | None],
        table: QuoteTable,
    ) -> None:
        self.names = names
        self._numbers = numbers
        self._hashes = hashes
        self._heard_us = heard_us
        self._table = table

    def quote(self, place: int) -> MetQuote | None:
        """The quote of the symbol at a place; None where it has no hash."""
        quote = self._hashes[place].quote
        if quote is None or not quote.source or not self._heard_us:
            return quote
        return quote._replace(heard_at_us=self._heard_us[quote.source])

    def transact_time(self, place: int) -> bytes:
        """The transact time of the same quote."""
        return self._hashes[place].transact_time

    @cached_property
    def columns(self) -> QuoteColumns:
        """All quotes."""
        return self._table.columns(np.array(self._numbers, np.int64), self._heard_us)

    @cached_property
    def place_of(self) -> Mapping[int, int]:
        """Where a symbol stands, by its number."""
        return {number: place for place, number in enumerate(self._numbers)}

    def places_of(self, numbers: Ints) -> Ints:
        """The same of many symbols."""
        every = np.array(self._numbers, np.int64)
        places = np.empty(every.max() + 1, np.int64)
        places[every] = np.arange(len(every))
        return places[numbers]
