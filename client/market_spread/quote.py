"""The quote message of the market-data (NBBO) feed: one frame, both ways."""

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

QUOTE_TYPE: Final = 2
FIXED_SIZE: Final = 1 + TIME_WIDTH + 8 + 8
"""Payload length without the symbol, bytes."""

_PRICES = struct.Struct(">dd")


class Quote(NamedTuple):
    """A national best bid and offer."""

    symbol: bytes
    transact_time: bytes
    """`YYYYMMDD-HH:MM:SS.mmm`, as received."""
    bid: float
    offer: float

    @classmethod
    def of(cls, *, symbol: str, bid: float, offer: float, transact_time: str | None = None) -> Self:
        """A quote from texts.

        Args:
            symbol: 1 to 16 characters of printable ASCII, without spaces.
            bid: money, in the unit of the feed.
            offer: the same.
            transact_time: `YYYYMMDD-HH:MM:SS.mmm`; now, UTC, if left out.

        Raises:
            ValueError: a frame cannot hold this.
        """
        quote = cls(
            text_of("symbol", symbol, MIN_SYMBOL, MAX_SYMBOL),
            text_of("transact_time", transact_time or now(), TIME_WIDTH, TIME_WIDTH),
            bid,
            offer,
        )
        decode(quote.encode()[HEADER.size :])
        return quote

    def encode(self, width: int = 4) -> bytes:
        """The whole frame, the symbol right-justified to at least `width` bytes."""
        return frame(
            bytes((QUOTE_TYPE,))
            + self.symbol.rjust(width)
            + self.transact_time
            + _PRICES.pack(self.bid, self.offer)
        )


def decode(payload: bytes) -> Quote:
    """One payload.

    Raises:
        DecodeError: the payload is not a valid quote.
    """
    width = len(payload) - FIXED_SIZE
    if payload[0] != QUOTE_TYPE:
        raise DecodeError("type", payload)
    if not MIN_SYMBOL <= width <= MAX_SYMBOL:
        raise DecodeError("length", payload)
    symbol = clean_symbol(payload[1 : 1 + width])
    if symbol is None:
        raise DecodeError("symbol", payload)
    transact_time = payload[1 + width : 1 + width + TIME_WIDTH]
    if not is_printable(transact_time):
        raise DecodeError("transact_time", payload)
    bid, offer = _PRICES.unpack_from(payload, 1 + width + TIME_WIDTH)
    if not (math.isfinite(bid) and math.isfinite(offer)):
        raise DecodeError("number", payload)
    return Quote(symbol, transact_time, bid, offer)
