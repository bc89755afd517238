"""Market data of many messages at once: quotes by columns where there is nothing but quotes.

Among incremental refreshes (35=X), mass quotes, or anything doubtful, the order of all messages matters, and
the plain reader takes each. A book that is refreshed by columns is made only when an update needs it.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market_spread.quote import Quote
from shared.wire.fix.columns.market_quotes import QuoteColumns, read_quotes
from shared.wire.fix.columns.scan import Scan
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.market_data import MarketDataReader
from shared.wire.symbol_table import SymbolTable

_IS_ONE_BY_ONE: Final = np.zeros(256, np.bool_)
_IS_ONE_BY_ONE[[*b"Xi"]] = True
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
    kinds = found.kinds
    if reader.is_waiting or _IS_ONE_BY_ONE[kinds].any():
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
    messages, numbers = columns.messages[start:stop], columns.symbols[start:stop]
    is_refresh = found.text[found.starts[found.firsts[messages] + 2] + len(b"35=")] == _REFRESH
    messages, numbers = messages[is_refresh], numbers[is_refresh]
    last = last_of_each(numbers)
    for symbol, span in zip(numbers[last].tolist(), found.spans()[messages[last]].tolist(), strict=True):
        reader.defer(symbols.names[symbol], found.part(*span))


def quotes_at(columns: QuoteColumns, rows: NDArray[np.intp], symbols: SymbolTable) -> Iterator[Quote]:
    """The quotes of some rows.

    Args:
        columns: quotes.
        rows: which.
        symbols: have numbered the symbols.
    """
    part, names = columns.found.part, symbols.names
    chosen = (column[rows].tolist() for column in columns[2:])
    for number, bid, offer, time, date in zip(*chosen, strict=True):
        text = part(*time)
        yield Quote(
            names[number],
            b"%b-%b" % (part(*date), text) if date[0] < date[1] else text,
            None if bid != bid else bid,  # noqa: PLR0124 # NaN
            None if offer != offer else offer,  # noqa: PLR0124 # NaN
        )


def last_of_each(numbers: NDArray[np.intp]) -> NDArray[np.intp]:
    """Where in a column each number is for the last time."""
    last = np.full(int(numbers.max(initial=-1)) + 1, -1, np.intp)
    last[numbers] = np.arange(len(numbers))  # of several the last one stays
    return last[last >= 0]
