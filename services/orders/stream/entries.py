"""Orders in a Redis stream: what an entry has to look like."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from market_spread.framing import DecodeError, clean_symbol, is_printable
from market_spread.order import BUY, ORDER_ID_WIDTH, SELL, Order
from services.orders.feed.batch import OrderList, Placed
from shared.base.integers import parse_uint
from shared.service.stream.reader import StreamEntry
from shared.wire.messages import RejectedMessages, decode_messages
from shared.wire.symbol_table import SymbolTable

_SIDES: Final = {b"buy": BUY, b"sell": SELL}
_LARGEST_ACCOUNT: Final = 2**32 - 1
_NUMBER: Final = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
"""What `float` takes besides (spaces, underscores, words) is not what others write as a number."""


def decode_entry(fields: Sequence[bytes]) -> Order:
    """An order out of an entry's fields.

    Raises:
        DecodeError: something is missing or impossible.
    """
    values = dict(zip(fields[::2], fields[1::2], strict=True))
    raw = b" ".join(fields)
    symbol = clean_symbol(values.get(b"symbol", b""))
    side = _SIDES.get(values.get(b"side", b""))
    order_id = values.get(b"order_id", b"")
    transact_time = values.get(b"transact_time", b"")
    if symbol is None:
        raise DecodeError("symbol", raw)
    if side is None:
        raise DecodeError("side", raw)
    if not 1 <= len(order_id) <= ORDER_ID_WIDTH or not is_printable(order_id):
        raise DecodeError("order_id", raw)
    if not transact_time or not is_printable(transact_time):
        raise DecodeError("transact_time", raw)
    account = parse_uint(values.get(b"account", b""))
    if account is None or account > _LARGEST_ACCOUNT:
        raise DecodeError("number", raw)
    quantity, price = _number(values, b"quantity", raw), _number(values, b"price", raw)
    return Order(side, account, order_id.strip(b" "), symbol, quantity, price, transact_time)


def decode_entries(
    entries: Sequence[StreamEntry], symbols: SymbolTable
) -> tuple[OrderList, RejectedMessages]:
    """The orders of entries, and the entries that hold none."""
    fields = [each for _, each in entries]
    orders, rejects = decode_messages(fields, decode_entry, b" ".join, symbols)
    return OrderList([Placed(*each) for each in orders]), rejects


def _number(values: Mapping[bytes, bytes], field: bytes, raw: bytes) -> float:
    text = values.get(field, b"")
    if _NUMBER.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    raise DecodeError("number", raw)
