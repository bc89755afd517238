"""Quotes of 35=W and 35=S as columns: those about which there is no doubt."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market_spread.fields import LONGEST_TIME
from shared.wire.fix.columns.decimals import parse_decimals, parse_digits
from shared.wire.fix.columns.scan import Scan, tag_key
from shared.wire.fix.columns.values import ANY, numbers, symbol_fields, symbol_rows
from shared.wire.fix.dialect import BookSide, Dialect
from shared.wire.symbol_table import SymbolTable

_TIMES_OF_ENTRIES: Final = b"272", b"273"
_DOUBTS: Final = b"280", b"1023", b"893"
"""Fields that make a full refresh more than prices: places and former names of its entries, fragments."""
_MOST_DIGITS: Final = 4
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


class QuoteColumns(NamedTuple):
    """Quotes, each column in the order in which they came."""

    messages: NDArray[np.intp]
    """The number of each one's message."""
    symbols: NDArray[np.intp]
    """The number of its symbol."""
    bids: NDArray[np.float64]
    """NaN where nobody bids."""
    offers: NDArray[np.float64]
    """NaN where nobody offers."""
    times: NDArray[np.intp]
    """Where its transact time begins and ends in the buffer, one row each."""


def read_quotes(
    found: Scan, kinds: NDArray[np.uint8], dialect: Dialect, symbols: SymbolTable
) -> QuoteColumns | None:
    """The quotes of all these messages; None if there is a doubt about any, for their order matters."""
    doubtful = found.doubts()
    is_refresh, is_quote = kinds == ord("W"), kinds == ord("S")
    fields = symbol_fields(found, dialect.symbol, doubtful)
    times = _times(found, doubtful)
    bids, offers = _quoted(found, doubtful)
    has_quote = is_quote
    if is_refresh.any():
        if dialect.books == "level":
            return None
        has_quote = is_quote | _refreshed(found, is_refresh, dialect, doubtful, (bids, offers))
    rows, is_name = symbol_rows(found, fields)
    if ((doubtful | ~is_name) & (is_refresh | is_quote)).any():
        return None
    good = np.flatnonzero(has_quote)
    names = symbols.numbers(rows[good])
    if (names < 0).any():
        return None
    return QuoteColumns(good, names, bids[good], offers[good], times[good])


def _times(found: Scan, doubtful: NDArray[np.bool_]) -> NDArray[np.intp]:
    """TransactTime (60) of each message, else SendingTime (52)."""
    starts, ends = found.values(b"60", found.find(b"60", doubtful))
    sent = np.column_stack(found.values(b"52", found.find(b"52", doubtful)))
    times = np.where((starts < ends)[:, None], np.column_stack((starts, ends)), sent)
    doubtful |= times[:, 1] - times[:, 0] > LONGEST_TIME
    return times


def _quoted(found: Scan, doubtful: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bid and offer of each 35=S."""
    bids, offers, bid_sizes, offer_sizes = numbers(found, (b"132", b"133", b"134", b"135"), doubtful)
    for tag in _TIMES_OF_ENTRIES:
        found.doubt(tag, ANY, doubtful)
    bids[(bids == 0) & (bid_sizes == 0)] = np.nan
    offers[(offers == 0) & (offer_sizes == 0)] = np.nan
    return bids, offers


def _refreshed(
    found: Scan,
    is_refresh: NDArray[np.bool_],
    dialect: Dialect,
    doubtful: NDArray[np.bool_],
    columns: Sequence[NDArray[np.float64]],
) -> NDArray[np.bool_]:
    """Put bid and offer of each 35=W into the columns; which of them have entries of that kind."""
    for tag in _DOUBTS:
        found.doubt(tag, ANY, doubtful)
    entries = np.flatnonzero((found.keys == tag_key(b"269")) & is_refresh[found.message])
    doubtful |= is_refresh & ~_are_complete(found, entries, doubtful)
    if dialect.books != "price":
        _doubt_names(found, entries, doubtful, are_needed=dialect.books == "id")
    messages = found.message[entries]
    starts, ends = found.values(b"269", entries)
    kinds = np.where(ends - starts == 1, found.text[starts], np.uint8(0))
    doubtful[messages[(kinds == ord("J")) | (kinds == 0)]] = True
    prices, sizes = (_of_entries(found, tag, entries, doubtful) for tag in (b"270", b"271"))
    has_quote = np.zeros(len(is_refresh), np.bool_)
    table = _side_table(dialect)
    for side, column, best_of in zip((1, 2), columns, (np.fmax, np.fmin), strict=True):
        chosen = np.flatnonzero(table[kinds] == side)
        has_quote[messages[chosen]] = True
        doubtful[messages[chosen[np.isnan(prices[chosen])]]] = True
        is_nothing = (prices[chosen] == 0) & (sizes[chosen] == 0)
        real, nothing = chosen[~is_nothing], messages[chosen[is_nothing]]
        column[is_refresh] = np.nan
        best_of.at(column, messages[real], prices[real])
        doubtful[nothing[column[nothing] == 0]] = True  # by its price the one may be the other's end
    return has_quote


def _are_complete(found: Scan, entries: NDArray[np.intp], doubtful: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which messages have as many entries as they say, right behind where they say it."""
    messages = found.message[entries]
    count = found.find(b"268", doubtful)
    firsts = np.full(len(count), -1, np.intp)
    firsts[messages[::-1]] = entries[::-1]
    said, is_right = parse_digits(found.text, *found.values(b"268", count), _MOST_DIGITS)
    there = np.bincount(messages, minlength=len(count))
    is_right &= (said == there) & (count >= 0) & (firsts == count + 1)
    return is_right


def _doubt_names(
    found: Scan, entries: NDArray[np.intp], doubtful: NDArray[np.bool_], *, are_needed: bool
) -> None:
    """Entries of which some have an ID (278) and some have none, or which have the same, are a doubt."""
    fields, owners = _inside(found, b"278", entries)
    messages = found.message[entries]
    named = np.bincount(found.message[fields], minlength=len(doubtful))
    there = np.bincount(messages, minlength=len(doubtful))
    doubtful |= (named != there) & ((named > 0) | (are_needed & (there > 0)))
    doubtful[found.message[fields[1:][owners[1:] == owners[:-1]]]] = True
    starts, ends = found.values(b"278", fields)
    doubtful[found.message[fields[(ends - starts > 8) | (ends == starts)]]] = True
    names = found.short_texts(starts, ends) ^ (found.message[fields].astype(np.uint64) * _MIX)
    order = np.argsort(names)
    same = np.flatnonzero(names[order[1:]] == names[order[:-1]])
    doubtful[found.message[fields[order[same]]]] = True


def _side_table(dialect: Dialect) -> NDArray[np.uint8]:
    """1 for a bid, 2 for an offer, by the byte that is MDEntryType (269)."""
    table = np.zeros(256, np.uint8)
    for kind, side in dialect.entry_types.items():
        if len(kind) == 1:
            table[kind[0]] = 1 if side is BookSide.BID else 2
    return table


def _of_entries(
    found: Scan, tag: bytes, entries: NDArray[np.intp], doubtful: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """A number of each entry of a group, NaN where it has none; two in one entry are a doubt."""
    fields, owners = _inside(found, tag, entries)
    doubtful[found.message[fields[1:][owners[1:] == owners[:-1]]]] = True
    values = np.full(len(entries), np.nan)
    starts, ends = found.values(tag, fields)
    values[owners], is_right = parse_decimals(found.text, starts, ends)
    doubtful[found.message[fields[~is_right]]] = True
    return values


def _inside(found: Scan, tag: bytes, entries: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The fields of this tag that belong to an entry, and the number of that entry."""
    fields = np.flatnonzero(found.keys == tag_key(tag))
    owners = np.searchsorted(entries, fields, "right") - 1
    if not entries.size:
        return fields[:0], owners[:0]
    is_inside = (owners >= 0) & (found.message[entries[owners]] == found.message[fields])
    return fields[is_inside], owners[is_inside]
