"""An order; and the message of the order feed, which holds one if it is narrow: one frame, both ways."""

import math
import struct
from typing import Any, Final, NamedTuple, Self

from market_spread.fields import (
    LONGEST_ACCOUNT,
    LONGEST_TIME,
    check_text,
    number_of,
    order_id_of,
    symbol_of,
    wrong,
)
from market_spread.framing import (
    MAX_SYMBOL,
    MIN_SYMBOL,
    TIME_WIDTH,
    DecodeError,
    clean_symbol,
    frame,
    is_printable,
    now,
    unfit,
)

ORDER_TYPE: Final = 1
BUY: Final = 1
SELL: Final = 2
SELL_SHORT: Final = 5
SELL_SHORT_EXEMPT: Final = 6
SIDE_NAMES: Final = {
    BUY: "buy",
    SELL: "sell",
    SELL_SHORT: "sell_short",
    SELL_SHORT_EXEMPT: "sell_short_exempt",
}
"""By the numbers that FIX has for them."""
SIDES: Final = {name.encode(): side for side, name in SIDE_NAMES.items()}
"""Their numbers, by name."""
FRAME_SIDES: Final = (BUY, SELL)
"""All that a frame can say."""
LARGEST_FRAME_ACCOUNT: Final = 2**32 - 1
ORDER_ID_WIDTH: Final = 6
FIXED_SIZE: Final = 1 + 1 + 4 + ORDER_ID_WIDTH + 8 + 8 + TIME_WIDTH
"""Payload length without the symbol, bytes."""

_HEAD = struct.Struct(f">BBI{ORDER_ID_WIDTH}s")
_TAIL = struct.Struct(f">dd{TIME_WIDTH}s")


class Order(NamedTuple):
    """An order as it was sent."""

    side: int
    """`BUY`, `SELL`, `SELL_SHORT` or `SELL_SHORT_EXEMPT`."""
    account: bytes
    """0 to 64 characters; of a frame its number."""
    order_id: bytes
    """0 to 64 characters."""
    symbol: bytes
    """1 to 64 characters."""
    quantity: float | None
    """Shares; None where the order has none."""
    price: float | None
    """Money, in the unit of the feed; None for a market order."""
    transact_time: bytes
    """0 to 35 characters, as received; in frames `YYYYMMDD-HH:MM:SS.mmm`."""

    @classmethod
    def of(
        cls,
        *,
        side: str,
        symbol: str,
        order_id: str = "",
        account: str | int = "",
        quantity: float | None = None,
        price: float | None = None,
        transact_time: str | None = None,
    ) -> Self:
        """An order from texts.

        Args:
            side: `buy`, `sell`, `sell_short` or `sell_short_exempt`.
            symbol: 1 to 64 characters of printable ASCII; spaces around it are dropped.
            order_id: up to 64 of them.
            account: up to 64 of them, or a number.
            quantity: shares; None for none.
            price: money, in the unit of the feed; None for a market order.
            transact_time: up to 35 characters; now, UTC, as `YYYYMMDD-HH:MM:SS.mmm`, if left out.

        Raises:
            ValueError: no order holds this. (What frames have no room for, `encode` refuses.)
        """
        return cls.parse(
            side=side.encode(),
            symbol=symbol.encode(),
            order_id=order_id.encode(),
            account=str(account).encode(),
            quantity=b"" if quantity is None else repr(float(quantity)).encode(),
            price=b"" if price is None else repr(float(price)).encode(),
            transact_time=(now() if transact_time is None else transact_time).encode(),
        )

    @classmethod
    def parse(
        cls,
        *,
        side: bytes,
        symbol: bytes,
        order_id: bytes = b"",
        account: bytes = b"",
        quantity: bytes = b"",
        price: bytes = b"",
        transact_time: bytes = b"",
    ) -> Self:
        """An order from the texts that it was received as; what is absent is empty.

        Raises:
            DecodeError: a field cannot be that; of several the first in the order of `REASONS`.
        """
        name = symbol_of(symbol)
        if side not in SIDES:
            raise wrong("side", side, f"one of {', '.join(SIDE_NAMES.values())}")
        cleaned = order_id_of(order_id)
        check_text("account", account, LONGEST_ACCOUNT)
        check_text("transact_time", transact_time, LONGEST_TIME)
        numbers = number_of("quantity", quantity), number_of("price", price)
        return cls(SIDES[side], account, cleaned, name, *numbers, transact_time)

    def entry(self) -> dict[Any, Any]:
        """The fields of a stream entry by their names, for `XADD`; what the order does not have is empty."""
        return {
            "order_id": self.order_id,
            "account": self.account,
            "side": SIDE_NAMES[self.side],
            "symbol": self.symbol,
            "quantity": b"" if self.quantity is None else self.quantity,
            "price": b"" if self.price is None else self.price,
            "transact_time": self.transact_time,
        }

    def encode(self, width: int = 4) -> bytes:
        """The whole frame, the symbol right-justified to at least `width` bytes.

        Raises:
            ValueError: a frame has no room for a field of this order.
        """
        side, account, order_id, symbol, quantity, price, transact_time = self
        if side not in FRAME_SIDES:
            raise unfit("side", SIDE_NAMES.get(side, str(side)), "buy or sell")
        if len(order_id) > ORDER_ID_WIDTH:
            raise unfit("order_id", order_id, f"up to {ORDER_ID_WIDTH} characters")
        number = _account_number(account)
        if clean_symbol(symbol) != symbol:
            raise unfit("symbol", symbol, f"{MIN_SYMBOL} to {MAX_SYMBOL} characters without spaces")
        if quantity is None or price is None:
            raise unfit("quantity" if quantity is None else "price", None, "a number")
        if len(transact_time) != TIME_WIDTH:
            raise unfit("transact_time", transact_time, f"{TIME_WIDTH} characters")
        return frame(
            _HEAD.pack(ORDER_TYPE, side, number, order_id.rjust(ORDER_ID_WIDTH))
            + symbol.rjust(width)
            + _TAIL.pack(quantity, price, transact_time)
        )


def _account_number(account: bytes) -> int:
    """An account as a frame has it.

    Raises:
        ValueError: it would not come out of the frame as it is.
    """
    number = int(account) if account.isdigit() and len(account) <= len(str(LARGEST_FRAME_ACCOUNT)) else -1
    if not 0 <= number <= LARGEST_FRAME_ACCOUNT or b"%d" % number != account:
        raise unfit("account", account, f"a number from 0 to {LARGEST_FRAME_ACCOUNT}")
    return number


def decode(payload: bytes) -> Order:
    """The order of one payload.

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
    if side not in FRAME_SIDES:
        raise DecodeError("side", payload)
    if not is_printable(order_id):
        raise DecodeError("order_id", payload)
    if not is_printable(transact_time):
        raise DecodeError("transact_time", payload)
    if not (math.isfinite(quantity) and math.isfinite(price)):
        raise DecodeError("number", payload)
    return Order(side, b"%d" % account, order_id.strip(b" "), symbol, quantity, price, transact_time)
