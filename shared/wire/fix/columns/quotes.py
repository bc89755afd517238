"""Market data of many messages at once: quotes by columns where there is nothing but quotes.

In a piece with incremental refreshes (35=X), mass quotes, or anything doubtful, the order of all messages
matters, and the plain reader takes it as a whole. A book that is refreshed by columns is made only when an
update needs it.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market_spread.quote import Quote
from shared.wire.fix.columns.market_quotes import QuoteColumns, read_quotes
from shared.wire.fix.columns.scan import scan, whole_end
from shared.wire.fix.columns.values import one_letter_kinds
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.framing import Garbled, split
from shared.wire.fix.market_data import MarketDataReader, Status
from shared.wire.fix.message import Message
from shared.wire.fix.refused import Refused
from shared.wire.symbol_table import SymbolTable

_ONE_BY_ONE: Final = np.frombuffer(b"Xi", np.uint8)
_STATUS: Final = ord("f")


class PlacedQuote(NamedTuple):
    """A quote that the plain reader has read."""

    message: int
    symbol: int
    """The number of its symbol."""
    quote: Quote


class FixQuotes(NamedTuple):
    """All that a buffer has of the market."""

    spans: NDArray[np.intp]
    """Where each message begins and ends, whether it is about the market or not; one row each."""
    garbled: list[Garbled]
    end: int
    """Where the first byte is that belongs to no whole message."""
    columns: QuoteColumns | None
    """Quotes that the plain reader has not read; then there are no others."""
    placed: list[PlacedQuote]
    """Quotes that it has read, in order."""
    statuses: list[tuple[int, Status]]
    """Each with the number of its message."""
    refused: list[tuple[int, Refused]]
    """The same of what cannot be read."""


class QuoteDecoder:
    """Reads the market data of one session, in pieces of about 64 KiB, which stay in the cache.

    Args:
        dialect: of the counterparty.
        symbols: numbers symbols.

    Attributes:
        reader: what is known of the market.
    """

    def __init__(self, dialect: Dialect, symbols: SymbolTable) -> None:
        self.reader = MarketDataReader(dialect)
        self._dialect, self._symbols = dialect, symbols

    def decode(self, buffer: bytes) -> FixQuotes:
        """What all whole messages of a buffer say."""
        found = scan(buffer[: whole_end(buffer)])
        if found is None:
            messages, garbled, end = split(buffer, 0, len(buffer))
            return self._read_plainly(buffer, np.array(messages, np.intp).reshape(-1, 2), garbled, end)
        spans = found.spans()
        kinds = one_letter_kinds(found)
        columns = None
        if not self.reader.is_waiting and not np.isin(kinds, _ONE_BY_ONE).any():
            columns = read_quotes(found, kinds, self._dialect, self._symbols)
        if columns is None:
            return self._read_plainly(buffer, spans, [], int(spans[-1, 1]))
        self._defer_books(buffer, spans, kinds, columns)
        others = FixQuotes(spans, [], int(spans[-1, 1]), columns, [], [], [])
        for message in np.flatnonzero(kinds == _STATUS).tolist():
            self._read(buffer, message, others)
        return others

    def _defer_books(
        self, buffer: bytes, spans: NDArray[np.intp], kinds: NDArray[np.uint8], columns: QuoteColumns
    ) -> None:
        """Keep the last full refresh of each symbol, for a book that an update may need."""
        is_refresh = kinds[columns.messages] == ord("W")
        last = dict(
            zip(columns.symbols[is_refresh].tolist(), columns.messages[is_refresh].tolist(), strict=True)
        )
        for symbol, message in last.items():
            start, end = spans[message].tolist()
            self.reader.defer(self._symbols.names[symbol], buffer[start:end])

    def _read_plainly(
        self, buffer: bytes, spans: NDArray[np.intp], garbled: list[Garbled], end: int
    ) -> FixQuotes:
        """All messages one by one."""
        found = FixQuotes(spans, garbled, end, None, [], [], [])
        for message in range(len(spans)):
            self._read(buffer, message, found)
        return found

    def _read(self, buffer: bytes, message: int, found: FixQuotes) -> None:
        start, end = found.spans[message].tolist()
        market = self.reader.read(Message(buffer[start:end]))
        found.statuses.extend((message, status) for status in market.statuses)
        found.refused.extend((message, refused) for refused in market.refused)
        for quote in market.quotes:
            number = self._symbols.number_of(quote.symbol)
            if number < 0:
                refusal = Refused("too_many_symbols", "there is no room for another symbol", 0)
                found.refused.append((message, refusal))
            else:
                found.placed.append(PlacedQuote(message, number, quote))


def quote_at(buffer: bytes, columns: QuoteColumns, row: int, symbols: SymbolTable) -> Quote:
    """One quote of the columns."""
    date, time = (buffer[slice(*place[row].tolist())] for place in (columns.dates, columns.times))
    bid, offer = columns.bids[row].item(), columns.offers[row].item()
    return Quote(
        symbols.names[int(columns.symbols[row])],
        b"%b-%b" % (date, time) if date else time,
        None if bid != bid else bid,  # noqa: PLR0124 # NaN
        None if offer != offer else offer,  # noqa: PLR0124 # NaN
    )
