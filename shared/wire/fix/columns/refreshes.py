"""Full refreshes (35=W) as columns: the best of each side, and when it came about."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market_spread.fields import LONGEST_TIME
from shared.wire.fix.columns.decimals import parse_decimals, parse_digits
from shared.wire.fix.columns.scan import Scan
from shared.wire.fix.columns.values import ANY
from shared.wire.fix.dialect import BookSide, Dialect

_DOUBTS: Final = b"280", b"1023", b"893", b"276"
"""Fields that make a full refresh more than prices: places and former names of its entries, fragments, and
conditions, which may say something of the trading status."""
_MOST_DIGITS: Final = 4
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


def read_refreshes(
    found: Scan,
    is_refresh: NDArray[np.bool_],
    entries: NDArray[np.intp],
    dialect: Dialect,
    doubtful: NDArray[np.bool_],
    columns: Sequence[NDArray[np.float64]],
) -> NDArray[np.bool_]:
    """Put bid and offer of each 35=W into the columns; which of them have entries of that kind."""
    for tag in _DOUBTS:
        found.doubt(tag, ANY, doubtful)
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


def take_times_of_entries(
    found: Scan,
    entries: NDArray[np.intp],
    doubtful: NDArray[np.bool_],
    times: NDArray[np.intp],
    dates: NDArray[np.intp],
) -> None:
    """MDEntryDate (272) and MDEntryTime (273) of the last entry of each message that has both."""
    found.doubt(b"272", LONGEST_TIME // 2 - 1, doubtful)  # together with `-` they are no longer than a time
    found.doubt(b"273", LONGEST_TIME // 2 + 1, doubtful)
    lasts = np.full(len(doubtful), -1, np.intp)
    lasts[found.message[entries]] = np.arange(len(entries))
    parts = []
    for tag in (b"272", b"273"):
        fields, owners = _inside(found, tag, entries)
        doubtful[found.message[fields[1:][owners[1:] == owners[:-1]]]] = True
        places = np.full(len(doubtful), -1, np.intp)
        is_last = lasts[found.message[fields]] == owners
        places[found.message[fields[is_last]]] = fields[is_last]
        parts.append(np.column_stack(found.values(tag, places)))
    has_both = np.logical_and(*(part[:, 0] < part[:, 1] for part in parts))
    dates[has_both], times[has_both] = (part[has_both] for part in parts)


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
    fields = found.fields(tag)
    owners = np.searchsorted(entries, fields, "right") - 1
    if not entries.size:
        return fields[:0], owners[:0]
    is_inside = (owners >= 0) & (found.message[entries[owners]] == found.message[fields])
    return fields[is_inside], owners[is_inside]
