"""The order message of the order feed: one frame, both ways."""

import math
import struct
from typing import Final, NamedTuple, Self

from market_spread.framing import (
    HEADER,
    MAX_SYMBOL,
    MIN_SYMBOL,
    TIME_WIDTH,
    DecodeError,
    clean_symbol,
    frame,
    is_printable,
    now,
    text_of,
)

ORDER_TYPE: Final = 1
BUY: Final = 1
SELL: Final = 2
SIDE_NAMES: Final = {BUY: "buy", SELL: "sell"}
_SIDES: Final = {name: side for side, name in SIDE_NAMES.items()}
_LARGEST_ACCOUNT: Final = 2**32 - 1
ORDER_ID_WIDTH: Final = 6
FIXED_SIZE: Final = 1 + 1 + 4 + ORDER_ID_WIDTH + 8 + 8 + TIME_WIDTH
"""Payload length without the symbol, bytes."""

_HEAD = struct.Struct(f">BBI{ORDER_ID_WIDTH}s")
_TAIL = struct.Struct(f">dd{TIME_WIDTH}s")


class Order(NamedTuple):
    """An order as it was sent."""

    side: int
    """`BUY` or `SELL`."""
    account: int
    order_id: bytes
    symbol: bytes
    quantity: float
    price: float
    transact_time: bytes
    """`YYYYMMDD-HH:MM:SS.mmm`, as received."""

    @classmethod
    def of(
        cls,
        *,
        side: str,
        account: int,
        order_id: str,
        symbol: str,
        quantity: float,
        price: float,
        transact_time: str | None = None,
    ) -> Self:
        """An order from texts.

        Args:
            side: `buy` or `sell`.
            account: 0 to 4,294,967,295.
            order_id: up to 6 characters of printable ASCII.
            symbol: 1 to 16 of them, without spaces.
            quantity: shares.
            price: money, in the unit of the feed.
            transact_time: `YYYYMMDD-HH:MM:SS.mmm`; now, UTC, if left out.

        Raises:
            ValueError: a frame cannot hold this.
        """
        if side not in _SIDES:
            raise ValueError(f"side {side!r}: a frame has buy or sell")
        if not 0 <= account <= _LARGEST_ACCOUNT:
            raise ValueError(f"account {account}: a frame has 0 to {_LARGEST_ACCOUNT}")
        order = cls(
            _SIDES[side],
            account,
            text_of("order_id", order_id, 0, ORDER_ID_WIDTH),
            text_of("symbol", symbol, MIN_SYMBOL, MAX_SYMBOL),
            quantity,
            price,
            text_of("transact_time", transact_time or now(), TIME_WIDTH, TIME_WIDTH),
        )
        decode(order.encode()[HEADER.size :])
        return order

    def encode(self, width: int = 4) -> bytes:
        """The whole frame, the symbol right-justified to at least `width` bytes."""
        return frame(
            _HEAD.pack(ORDER_TYPE, self.side, self.account, self.order_id.rjust(ORDER_ID_WIDTH))
            + self.symbol.rjust(width)
            + _TAIL.pack(self.quantity, self.price, self.transact_time)
        )


def decode(payload: bytes) -> Order:
    """One payload.

    Raises:
        DecodeError: the payload is not a valid order.
    """
    width = len(payload) - FIXED_SIZE
    if payload[0] != ORDER_TYPE:
        raise DecodeError("type", payload)
    if not MIN_SYMBOL <= width <= MAX_SYMBOL:
        raise DecodeError("length", payload)
    _, side, account, order_id = _HEAD.unpack_from(payload)
    symbol = clean_symbol(payload[_HEAD.size : _HEAD.size + width])
    quantity, price, transact_time = _TAIL.unpack_from(payload, _HEAD.size + width)
    if symbol is None:
        raise DecodeError("symbol", payload)
    if side not in SIDE_NAMES:
        raise DecodeError("side", payload)
    if not is_printable(order_id):
        raise DecodeError("order_id", payload)
    if not is_printable(transact_time):
        raise DecodeError("transact_time", payload)
    if not (math.isfinite(quantity) and math.isfinite(price)):
        raise DecodeError("number", payload)
    return Order(side, account, order_id.strip(b" "), symbol, quantity, price, transact_time)
