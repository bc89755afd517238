"""Orders as columns: of single requests (35=D and G) that are beyond doubt good.

The columns only say which orders are good, and what a verdict hangs on. An order that is to be shown is read
by the plain decoder, which alone knows the reasons and their order, and reads all that is doubtful.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market_spread.fields import LONGEST_TIME
from shared.wire.fix.columns.scan import Scan
from shared.wire.fix.columns.values import (
    ANY,
    first_bytes,
    numbers,
    symbol_fields,
    symbol_rows,
)
from shared.wire.fix.dialect import SymbolField
from shared.wire.fix.sides import SIDES
from shared.wire.symbol_table import SymbolTable

_SIDES: Final = np.zeros(256, np.uint8)
for _value, _side in SIDES.items():
    _SIDES[ord(_value)] = _side


class OrderColumns(NamedTuple):
    """Orders of single requests, each column in the order in which they came."""

    found: Scan
    """The messages."""
    messages: NDArray[np.intp]
    """The number of each one's message."""
    symbols: NDArray[np.intp]
    """The number of its symbol."""
    sides: NDArray[np.uint8]
    quantities: NDArray[np.float64]
    """NaN where an order has none."""
    prices: NDArray[np.float64]
    """NaN where an order has none."""
    accounts: NDArray[np.intp]
    """Where its account begins and ends in the text of the scan, one row each; an empty place for none."""
    is_special: NDArray[np.bool_]
    """Whether it says to be a market order, or has a stop price or an amount of money."""


def read_orders_of(found: Scan, place: SymbolField, symbols: SymbolTable) -> OrderColumns:
    """The orders of 35=D and G about which there is no doubt.

    Args:
        found: messages; best of about 64 KiB, which stay in the cache.
        place: where they have their symbol.
        symbols: numbers symbols.
    """
    kinds, doubtful = found.kinds, found.doubts()
    for tag in (b"60", b"52"):
        found.doubt(tag, LONGEST_TIME, doubtful)
    fields = symbol_fields(found, place, doubtful)
    sides = _SIDES[first_bytes(found, b"54", doubtful)]
    quantities, prices, stops, amounts = numbers(found, (b"38", b"44", b"99", b"152"), doubtful)
    is_market = first_bytes(found, b"40", doubtful) == ord("1")
    accounts = _accounts(found, doubtful)
    rows, is_name = symbol_rows(found, fields)
    is_single = (kinds == ord("D")) | (kinds == ord("G"))
    good = np.flatnonzero(is_single & ~doubtful & (sides != 0) & is_name)
    names = symbols.numbers(rows[good])
    good, names = good[names >= 0], names[names >= 0]
    prices[is_market] = np.nan
    is_special = is_market | ~np.isnan(stops) | ~np.isnan(amounts)
    return OrderColumns(
        found, good, names, sides[good], quantities[good], prices[good], accounts[good], is_special[good]
    )


def _accounts(found: Scan, doubtful: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Account (1) of each message; where only a party may have it, there is a doubt."""
    starts, ends = found.values(b"1", found.find(b"1", doubtful))
    has_parties = np.zeros_like(doubtful)
    found.doubt(b"453", ANY, has_parties)
    doubtful |= has_parties & (starts == ends)
    return np.column_stack((starts, ends))
