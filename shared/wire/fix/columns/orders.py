"""Orders as columns: of single requests (35=D and G) that are beyond doubt good.

The columns only say which orders are good, and what a verdict hangs on. An order that is to be shown is read
by the plain decoder, which alone knows the reasons and their order, and reads all that is doubtful.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market_spread.fields import LONGEST_TIME
from shared.wire.fix.columns.decimals import parse_decimals
from shared.wire.fix.columns.scan import Scan, scan
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.framing import SOH, Garbled, split
from shared.wire.fix.message import Message
from shared.wire.fix.orders import FixOrder, read_orders
from shared.wire.fix.refused import Refused
from shared.wire.fix.sides import SIDES
from shared.wire.symbol_table import SymbolTable

_LONGEST_SYMBOL: Final = 16
_SIDES: Final = np.zeros(256, np.uint8)
for _value, _side in SIDES.items():
    _SIDES[ord(_value)] = _side
_REQUESTS: Final = np.frombuffer(b"DGE", np.uint8)
_SYMBOL_TAGS: Final = {"55": b"55", "48": b"48", "55+65": b"55"}
_NOT_APPLICABLE: Final = np.frombuffer(b"[N/A]".ljust(_LONGEST_SYMBOL), "<u8")
_SPACES: Final = np.uint64(0x2020202020202020)
_MASKS: Final = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)


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


_NO_COLUMNS: Final = OrderColumns(
    np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.uint8), np.empty(0), np.empty(0)
)


class PlacedOrder(NamedTuple):
    """An order that the plain decoder has read."""

    message: int
    symbol: int
    """The number of its symbol."""
    order: FixOrder


class PlacedRefusal(NamedTuple):
    """What cannot be read."""

    message: int
    refused: Refused


class FixOrders(NamedTuple):
    """All that a buffer has of orders."""

    spans: NDArray[np.intp]
    """Where each message begins and ends, whether it has orders or not; one row each."""
    garbled: list[Garbled]
    end: int
    """Where the first byte is that belongs to no whole message."""
    columns: OrderColumns
    placed: list[PlacedOrder]
    """Those that are in no column, in order."""
    refused: list[PlacedRefusal]


def decode_orders(buffer: bytes, dialect: Dialect, symbols: SymbolTable) -> FixOrders:
    """The orders of all whole messages of a buffer; best in pieces of about 64 KiB, which stay in the cache.

    Args:
        buffer: what has arrived.
        dialect: of the counterparty.
        symbols: numbers symbols.
    """
    found = scan(buffer[: _whole(buffer)])
    if found is None:
        spans, garbled, end = split(buffer, 0, len(buffer))
        every = np.array(spans, np.intp).reshape(-1, 2)
        placed, refused = _read_plainly(buffer, every, range(len(every)), dialect, symbols)
        return FixOrders(every, garbled, end, _NO_COLUMNS, placed, refused)
    every = found.spans()
    kinds = _one_letter_kinds(found)
    columns = _NO_COLUMNS
    is_plain = (kinds == ord("8")) if dialect.carries == "reports" else np.isin(kinds, _REQUESTS)
    if dialect.carries == "requests":
        columns = _single_requests(found, kinds, dialect, symbols)
        is_plain[columns.messages] = False
    placed, refused = _read_plainly(buffer, every, np.flatnonzero(is_plain).tolist(), dialect, symbols)
    return FixOrders(every, [], int(every[-1, 1]), columns, placed, refused)


def _whole(buffer: bytes) -> int:
    """Where the last message ends that is whole, if all is as it should be."""
    last = buffer.rfind(b"\x0110=", 0, len(buffer) - len(b"000\x01"))
    return buffer.find(SOH, last + 1) + 1


def _one_letter_kinds(found: Scan) -> NDArray[np.uint8]:
    """MsgType (35) of each message; 0 for those of two letters, in which no orders come."""
    fields = found.firsts + 2
    starts, ends = found.values(b"35", fields)
    return np.where(ends - starts == 1, found.text[starts], np.uint8(0))


def _read_plainly(
    buffer: bytes, spans: NDArray[np.intp], messages: Iterable[int], dialect: Dialect, symbols: SymbolTable
) -> tuple[list[PlacedOrder], list[PlacedRefusal]]:
    """The orders of some messages by the plain decoder."""
    placed: list[PlacedOrder] = []
    refused: list[PlacedRefusal] = []
    for message in messages:
        start, end = spans[message].tolist()
        for each in read_orders(Message(buffer[start:end]), dialect):
            if isinstance(each, Refused):
                refused.append(PlacedRefusal(message, each))
                continue
            number = symbols.number_of(each.order.symbol)
            if number < 0:
                refused.append(PlacedRefusal(message, _too_many(each)))
            else:
                placed.append(PlacedOrder(message, number, each))
    return placed, refused


def _too_many(order: FixOrder) -> Refused:
    return Refused("too_many_symbols", "there is no room for another symbol", order.place)


def _single_requests(
    found: Scan, kinds: NDArray[np.uint8], dialect: Dialect, symbols: SymbolTable
) -> OrderColumns:
    """The orders of 35=D and G about which there is no doubt."""
    doubtful = found.doubts()
    for tag in (b"60", b"52"):
        doubtful |= found.longest(tag) > LONGEST_TIME
    if dialect.symbol == "55+65":
        doubtful |= found.longest(b"65") >= 0
    names = found.find(_SYMBOL_TAGS[dialect.symbol], doubtful)
    sides = _sides(found, doubtful)
    quantities, prices, *_ = _numbers(found, (b"38", b"44", b"99", b"152"), doubtful)
    is_market = _first_bytes(found, b"40", doubtful) == ord("1")
    is_single = (kinds == ord("D")) | (kinds == ord("G"))
    rows, is_name = _symbol_rows(found, names)
    good = np.flatnonzero(is_single & ~doubtful & is_name)
    numbers = symbols.numbers(rows[good])
    good, numbers = good[numbers >= 0], numbers[numbers >= 0]
    prices[is_market] = np.nan
    return OrderColumns(good, numbers, sides[good], quantities[good], prices[good])


def _first_bytes(found: Scan, tag: bytes, doubtful: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The value of a field of one byte; 0 for all others."""
    starts, ends = found.values(tag, found.find(tag, doubtful))
    return np.where(ends - starts == 1, found.text[starts], np.uint8(0))


def _sides(found: Scan, doubtful: NDArray[np.bool_]) -> NDArray[np.uint8]:
    sides = _SIDES[_first_bytes(found, b"54", doubtful)]
    doubtful |= sides == 0
    return sides


def _numbers(found: Scan, tags: Sequence[bytes], doubtful: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The numbers of these fields, one row a tag, NaN where there is none; no plain decimal is a doubt."""
    fields = np.array([found.find(tag, doubtful) for tag in tags])
    values = np.full(fields.shape, np.nan)
    row, message = np.nonzero(fields >= 0)
    places = fields[row, message]
    starts = found.starts[places] + _tag_sizes(tags)[row] + 1
    values[row, message], is_right = parse_decimals(found.text, starts, found.ends[places])
    doubtful[message[~is_right]] = True
    return values


def _tag_sizes(tags: Sequence[bytes]) -> NDArray[np.intp]:
    return np.array([len(tag) for tag in tags])


def _symbol_rows(found: Scan, fields: NDArray[np.intp]) -> tuple[NDArray[np.void], NDArray[np.bool_]]:
    """The symbols, padded with spaces, and which of them are no longer than that and may be names."""
    starts, ends = found.values(b"55", fields)
    sizes = ends - starts
    rows = np.empty(len(fields), [("symbol", "S16")])
    words: NDArray[np.uint64] = rows.view("<u8").reshape(-1, 2)
    for half, offset in enumerate((0, 8)):
        mask = _MASKS[np.clip(sizes - offset, 0, 8)]
        words[:, half] = (found.words(starts + offset) & mask) | (_SPACES & ~mask)
    is_name = (sizes > 0) & (sizes <= _LONGEST_SYMBOL) & (words != _NOT_APPLICABLE).any(axis=1)
    return rows, is_name
