"""What goes over the wire, packed by hand from the description of the feeds."""

import asyncio
import struct
from typing import Final

from tests.support.frames import frame, order, quote

BUY: Final = 1
SELL: Final = 2
SIDES: Final = {BUY: "buy", SELL: "sell"}

_ORDER_ID_BYTES: Final = 6
_HELLO: Final = 16
_ACK: Final = 17
_ERROR: Final = 18
FENCED: Final = 1
"""The code of an ERROR: a newer connection has taken the source over."""


class SentAway(Exception):
    """The service answered with an ERROR frame: this source may not go on.

    Args:
        text: what it said.
        code: of the ERROR; 0 if the answer was something else.
    """

    def __init__(self, text: str, code: int = 0) -> None:
        super().__init__(text)
        self.code = code


def pack_quote(symbol: str, transact_time: str, bid: float, offer: float) -> bytes:
    """A quote, its symbol right-justified to at least 4 bytes."""
    return frame(quote(symbol.rjust(4).encode(), bid, offer, time=transact_time.encode()))


def pack_order(
    side: int, account: int, order_id: str, symbol: str, quantity: float, price: float, transact_time: str
) -> bytes:
    """An order, its symbol right-justified to at least 4 bytes, its ID to 6."""
    return frame(
        order(
            symbol.rjust(4).encode(),
            order_id.encode().rjust(_ORDER_ID_BYTES),
            side=side,
            account=account,
            quantity=quantity,
            price=price,
            time=transact_time.encode(),
        )
    )


def pack_hello(source: str) -> bytes:
    """What a resumable source opens with."""
    return frame(struct.pack(">B", _HELLO) + source.encode())


async def read_ack(reader: asyncio.StreamReader) -> int:
    """How many frames the service says have taken effect.

    Raises:
        SentAway: it says ERROR instead.
        EOFError: it has closed.
        OSError: the connection broke.
    """
    (size,) = struct.unpack(">I", await reader.readexactly(4))
    payload = await reader.readexactly(size)
    if payload[0] == _ERROR:
        raise SentAway(f"error {payload[1]}: {payload[2:].decode()}", payload[1])
    if payload[0] != _ACK or size != 9:
        raise SentAway(f"not an ACK: {payload!r}")
    count: int = struct.unpack(">Q", payload[1:])[0]
    return count
