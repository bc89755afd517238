"""Single requests for orders (35=D and G) as columns: those about which there is no doubt."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market_spread.fields import LONGEST_TIME
from shared.wire.fix.columns.scan import Scan
from shared.wire.fix.columns.values import first_bytes, numbers, symbol_fields, symbol_rows
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.sides import SIDES
from shared.wire.symbol_table import SymbolTable

_SIDES: Final = np.zeros(256, np.uint8)
for _value, _side in SIDES.items():
    _SIDES[ord(_value)] = _side


class OrderColumns(NamedTuple):
    """Orders of single requests, each column in the order in which they came."""

    messages: NDArray[np.intp]
    """The number of each one's message."""
    symbols: NDArray[np.intp]
    """The number of its symbol."""
    sides: NDArray[np.uint8]
    quantities: NDArray[np.float64]
    """NaN where an order has none."""
    prices: NDArray[np.float64]
    """NaN where an order has none."""


NO_ORDERS: Final = OrderColumns(
    np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.uint8), np.empty(0), np.empty(0)
)


def single_requests(
    found: Scan, kinds: NDArray[np.uint8], dialect: Dialect, symbols: SymbolTable
) -> OrderColumns:
    """The orders of 35=D and G about which there is no doubt."""
    doubtful = found.doubts()
    for tag in (b"60", b"52"):
        found.doubt(tag, LONGEST_TIME, doubtful)
    fields = symbol_fields(found, dialect.symbol, doubtful)
    sides = _sides(found, doubtful)
    quantities, prices, *_ = numbers(found, (b"38", b"44", b"99", b"152"), doubtful)
    is_market = first_bytes(found, b"40", doubtful) == ord("1")
    is_single = (kinds == ord("D")) | (kinds == ord("G"))
    rows, is_name = symbol_rows(found, fields)
    good = np.flatnonzero(is_single & ~doubtful & is_name)
    names = symbols.numbers(rows[good])
    good, names = good[names >= 0], names[names >= 0]
    prices[is_market] = np.nan
    return OrderColumns(good, names, sides[good], quantities[good], prices[good])


def _sides(found: Scan, doubtful: NDArray[np.bool_]) -> NDArray[np.uint8]:
    sides = _SIDES[first_bytes(found, b"54", doubtful)]
    doubtful |= sides == 0
    return sides
