"""Orders as columns: of single requests (35=D and G) that are beyond doubt good.

The columns only say which orders are good, and what a verdict hangs on. An order that is to be shown is read
by the plain decoder, which alone knows the reasons and their order, and reads all that is doubtful.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.wire.fix.columns.scan import scan, whole_end
from shared.wire.fix.columns.single_requests import NO_ORDERS, OrderColumns, single_requests
from shared.wire.fix.columns.values import one_letter_kinds
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.framing import Garbled, split
from shared.wire.fix.message import Message
from shared.wire.fix.orders import FixOrder, read_orders
from shared.wire.fix.refused import Refused
from shared.wire.symbol_table import SymbolTable

_REQUESTS: Final = np.frombuffer(b"DGE", np.uint8)


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
    found = scan(buffer[: whole_end(buffer)])
    if found is None:
        spans, garbled, end = split(buffer, 0, len(buffer))
        every = np.array(spans, np.intp).reshape(-1, 2)
        placed, refused = _read_plainly(buffer, every, range(len(every)), dialect, symbols)
        return FixOrders(every, garbled, end, NO_ORDERS, placed, refused)
    every = found.spans()
    kinds = one_letter_kinds(found)
    columns = NO_ORDERS
    is_plain = (kinds == ord("8")) if dialect.carries == "reports" else np.isin(kinds, _REQUESTS)
    if dialect.carries == "requests":
        columns = single_requests(found, kinds, dialect, symbols)
        is_plain[columns.messages] = False
    placed, refused = _read_plainly(buffer, every, np.flatnonzero(is_plain).tolist(), dialect, symbols)
    return FixOrders(every, [], int(every[-1, 1]), columns, placed, refused)


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
