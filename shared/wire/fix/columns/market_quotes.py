"""Quotes of 35=W and 35=S as columns: those about which there is no doubt."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market_spread.fields import LONGEST_TIME
from shared.wire.fix.columns.refreshes import read_refreshes, take_times_of_entries
from shared.wire.fix.columns.scan import Scan
from shared.wire.fix.columns.values import ANY, numbers, symbol_fields, symbol_rows
from shared.wire.fix.dialect import Dialect
from shared.wire.symbol_table import SymbolTable


class QuoteColumns(NamedTuple):
    """Quotes, each column in the order in which they came."""

    found: Scan
    """The messages."""
    messages: NDArray[np.intp]
    """The number of each one's message."""
    symbols: NDArray[np.intp]
    """The number of its symbol."""
    bids: NDArray[np.float64]
    """NaN where nobody bids."""
    offers: NDArray[np.float64]
    """NaN where nobody offers."""
    times: NDArray[np.intp]
    """Where its transact time begins and ends in the text of the scan, one row each."""
    dates: NDArray[np.intp]
    """The same of its date where that is a field of its own; else an empty place."""


def read_quotes(
    found: Scan, kinds: NDArray[np.uint8], dialect: Dialect, symbols: SymbolTable
) -> QuoteColumns | None:
    """The quotes of all these messages; None if there is a doubt about any, for their order matters."""
    doubtful = found.doubts()
    is_refresh, is_quote = kinds == ord("W"), kinds == ord("S")
    fields = symbol_fields(found, dialect.symbol, doubtful)
    times = _times(found, doubtful)
    dates = np.zeros_like(times)
    bids, offers = np.full((2, len(kinds)), np.nan)
    if is_quote.any():
        bids, offers = _quoted(found, is_quote, doubtful)
    has_quote = is_quote
    if is_refresh.any():
        if dialect.books == "level":
            return None
        entries = found.fields(b"269")
        entries = entries[is_refresh[found.message[entries]]]
        has_quote = is_quote | read_refreshes(found, is_refresh, entries, dialect, doubtful, (bids, offers))
        take_times_of_entries(found, entries, doubtful, times, dates)
    rows, is_name = symbol_rows(found, fields)
    if ((doubtful | ~is_name) & (is_refresh | is_quote)).any():
        return None
    good = np.flatnonzero(has_quote)
    names = symbols.numbers(rows[good])
    if (names < 0).any():
        return None
    return QuoteColumns(found, good, names, bids[good], offers[good], times[good], dates[good])


def _times(found: Scan, doubtful: NDArray[np.bool_]) -> NDArray[np.intp]:
    """TransactTime (60) of each message, else SendingTime (52)."""
    starts, ends = found.values(b"60", found.find(b"60", doubtful))
    sent = np.column_stack(found.values(b"52", found.find(b"52", doubtful)))
    times = np.where((starts < ends)[:, None], np.column_stack((starts, ends)), sent)
    doubtful |= times[:, 1] - times[:, 0] > LONGEST_TIME
    return times


def _quoted(
    found: Scan, is_quote: NDArray[np.bool_], doubtful: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bid and offer of each 35=S."""
    bids, offers, bid_sizes, offer_sizes = numbers(found, (b"132", b"133", b"134", b"135"), doubtful)
    has_time = np.zeros_like(doubtful)
    for tag in (b"272", b"273"):
        found.doubt(tag, ANY, has_time)
    doubtful |= has_time & is_quote
    bids[(bids == 0) & (bid_sizes == 0)] = np.nan
    offers[(offers == 0) & (offer_sizes == 0)] = np.nan
    return bids, offers
