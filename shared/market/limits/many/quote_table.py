"""Quotes as columns that are kept from batch to batch: only what has changed is put into them again."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from shared.market.limits.many.columns import MISSING, Ints, QuoteColumns, QuoteTimes, quote_columns
from shared.market.limits.met import MetQuote

_FIRST_ROWS: Final = 1024


class QuoteTable:
    """The last quote of each symbol, by the symbol's number."""

    def __init__(self) -> None:
        self._columns = quote_columns([None] * _FIRST_ROWS)
        self._source = np.zeros(_FIRST_ROWS, np.int64)
        """The place of each one's source."""
        self._sources = {"": 0}
        self._stamps = np.zeros(_FIRST_ROWS, np.int64)
        self._last_stamp = 0
        self._changed: dict[int, MetQuote | None] = {}
        """What is not in the columns yet."""

    @property
    def size(self) -> int:
        """Numbers below this have a row."""
        return len(self._source)

    @property
    def sources(self) -> int:
        """How many sources are remembered."""
        return len(self._sources)

    def put(self, number: int, quote: MetQuote | None) -> None:
        """A symbol has another quote than before, or none any more."""
        self._changed[number] = quote

    def stamps(self, numbers: Ints) -> Ints:
        """For each of these symbols a number that is another one once its quote has changed."""
        self._take_changes()
        return self._stamps[numbers]

    def columns(self, numbers: Ints, heard_us: Mapping[str, int | None]) -> QuoteColumns:
        """The quotes of some symbols.

        Args:
            numbers: of the symbols.
            heard_us: when each source was last heard of, if it is known.
        """
        self._take_changes()
        taken = QuoteColumns._make(column[numbers] for column in self._columns)
        return taken._replace(heard_at_us=self._heard(numbers, heard_us))

    def times(self, numbers: Ints, heard_us: Mapping[str, int | None]) -> QuoteTimes:
        """How old the quotes of some symbols are; see `columns`."""
        self._take_changes()
        columns = self._columns
        return QuoteTimes(
            columns.updated_at_us[numbers],
            self._heard(numbers, heard_us),
            columns.has_source[numbers],
            columns.has_quote[numbers],
        )

    def _heard(self, numbers: Ints, heard_us: Mapping[str, int | None]) -> Ints:
        found = (heard_us.get(source) for source in self._sources)
        times = np.array([MISSING if each is None else each for each in found], np.int64)
        return times[self._source[numbers]]

    def _take_changes(self) -> None:
        if not self._changed:
            return
        numbers = np.fromiter(self._changed, np.int64, len(self._changed))
        quotes = list(self._changed.values())
        self._changed = {}
        if numbers.max() >= self.size:
            self._grow(int(numbers.max()) + 1)
        for column, changed in zip(self._columns, quote_columns(quotes), strict=True):
            column[numbers] = changed
        place_of = self._sources.setdefault
        names = ["" if quote is None else quote.source for quote in quotes]
        self._source[numbers] = [place_of(name, len(self._sources)) for name in names]
        self._last_stamp += 1
        self._stamps[numbers] = self._last_stamp

    def _grow(self, rows: int) -> None:
        more = max(rows, 2 * self.size) - self.size
        new = quote_columns([None] * more)
        pairs = zip(self._columns, new, strict=True)
        self._columns = QuoteColumns._make(np.concatenate(pair) for pair in pairs)
        self._source = np.concatenate((self._source, np.zeros(more, np.int64)))
        self._stamps = np.concatenate((self._stamps, np.zeros(more, np.int64)))
