"""Orders in a Redis stream: what an entry has to look like."""

from collections.abc import Sequence

from market_spread.order import Order
from services.orders.feed.batch import OrderList, Placed
from shared.market.symbol_map import SymbolMap
from shared.wire.messages import RejectedMessages, StreamEntry, decode_messages
from shared.wire.symbol_table import SymbolTable


def decode_entry(fields: Sequence[bytes]) -> Order:
    """An order out of an entry's fields; those that it does not have count as empty.

    Raises:
        DecodeError: a field is impossible, or there is no symbol or no side.
    """
    value = dict(zip(fields[::2], fields[1::2], strict=True)).get
    return Order.parse(
        side=value(b"side", b""),
        symbol=value(b"symbol", b""),
        order_id=value(b"order_id", b""),
        account=value(b"account", b""),
        quantity=value(b"quantity", b""),
        price=value(b"price", b""),
        transact_time=value(b"transact_time", b""),
    )


def decode_entries(
    names: SymbolMap, entries: Sequence[StreamEntry], symbols: SymbolTable
) -> tuple[OrderList, RejectedMessages]:
    """The orders of entries, and the entries that hold none.

    Args:
        names: what the sender calls a symbol, and what it is called here.
        entries: of a stream.
        symbols: numbers symbols.
    """
    fields = [each for _, each in entries]
    orders, rejects = decode_messages(fields, decode_entry, b" ".join, symbols, names)
    return OrderList([Placed(*each) for each in orders]), rejects
