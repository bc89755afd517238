"""Market data of many messages at once: quotes by columns where there is nothing but quotes.

Among incremental refreshes (35=X), mass quotes, or anything doubtful, the order of all messages matters, and
the plain reader takes each. A book that is refreshed by columns is made only when an update needs it.
"""

from typing import Final

import numpy as np

from market_spread.quote import Quote
from shared.wire.fix.columns.market_quotes import QuoteColumns, read_quotes
from shared.wire.fix.columns.scan import Scan
from shared.wire.fix.columns.values import one_letter_kinds
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.market_data import MarketDataReader
from shared.wire.symbol_table import SymbolTable

_ONE_BY_ONE: Final = np.frombuffer(b"Xi", np.uint8)
_REFRESH: Final = ord("W")


def read_quotes_of(
    found: Scan, reader: MarketDataReader, dialect: Dialect, symbols: SymbolTable
) -> QuoteColumns | None:
    """The quotes of 35=W and S; None where the reader has to read all messages.

    Args:
        found: the messages.
        reader: what is known of the market.
        dialect: of the counterparty.
        symbols: numbers symbols.
    """
    kinds = one_letter_kinds(found)
    if reader.is_waiting or np.isin(kinds, _ONE_BY_ONE).any():
        return None
    return read_quotes(found, kinds, dialect, symbols)


def defer_books(
    columns: QuoteColumns, start: int, stop: int, reader: MarketDataReader, symbols: SymbolTable
) -> None:
    """Let the reader keep the last full refresh of each symbol, for a book that an update may need.

    Args:
        columns: quotes.
        start: the row of the first that has come.
        stop: the row behind the last.
        reader: what is known of the market.
        symbols: have numbered the symbols.
    """
    found = columns.found
    messages = columns.messages[start:stop]
    is_refresh = found.text[found.starts[found.firsts[messages] + 2] + len(b"35=")] == _REFRESH
    names = columns.symbols[start:stop][is_refresh].tolist()
    for symbol, message in dict(zip(names, messages[is_refresh].tolist(), strict=True)).items():
        reader.defer(symbols.names[symbol], found.raw(message))


def quote_at(columns: QuoteColumns, row: int, symbols: SymbolTable) -> Quote:
    """One quote of the columns."""
    text = columns.found.text
    date, time = (text[slice(*place[row].tolist())].tobytes() for place in (columns.dates, columns.times))
    bid, offer = columns.bids[row].item(), columns.offers[row].item()
    return Quote(
        symbols.names[int(columns.symbols[row])],
        b"%b-%b" % (date, time) if date else time,
        None if bid != bid else bid,  # noqa: PLR0124 # NaN
        None if offer != offer else offer,  # noqa: PLR0124 # NaN
    )
