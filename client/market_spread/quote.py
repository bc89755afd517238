"""A quote; and the message of the market-data feed, which holds one with both sides: one frame, both ways."""

import math
import struct
from typing import Any, Final, NamedTuple, Self

from market_spread.fields import LONGEST_TIME, check_text, number_of, symbol_of
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

QUOTE_TYPE: Final = 2
FIXED_SIZE: Final = 1 + TIME_WIDTH + 8 + 8
"""Payload length without the symbol, bytes."""

_PRICES = struct.Struct(">dd")


class Quote(NamedTuple):
    """A best bid and offer."""

    symbol: bytes
    """1 to 64 characters."""
    transact_time: bytes
    """0 to 35 characters, as received; in frames `YYYYMMDD-HH:MM:SS.mmm`."""
    bid: float | None
    """Money, in the unit of the feed; None where nobody bids."""
    offer: float | None
    """The same; None where nobody offers."""

    @classmethod
    def of(
        cls, *, symbol: str, bid: float | None, offer: float | None, transact_time: str | None = None
    ) -> Self:
        """A quote from texts.

        Args:
            symbol: 1 to 64 characters of printable ASCII; spaces around it are dropped.
            bid: money, in the unit of the feed; None where nobody bids.
            offer: the same.
            transact_time: up to 35 characters; now, UTC, as `YYYYMMDD-HH:MM:SS.mmm`, if left out.

        Raises:
            ValueError: no quote holds this. (What frames have no room for, `encode` refuses.)
        """
        return cls.parse(
            symbol=symbol.encode(),
            transact_time=(now() if transact_time is None else transact_time).encode(),
            bid=b"" if bid is None else repr(float(bid)).encode(),
            offer=b"" if offer is None else repr(float(offer)).encode(),
        )

    @classmethod
    def parse(
        cls, *, symbol: bytes, transact_time: bytes = b"", bid: bytes = b"", offer: bytes = b""
    ) -> Self:
        """A quote from the texts that it was received as; what is absent is empty.

        Raises:
            DecodeError: a field cannot be that; of several the first in the order of `REASONS`.
        """
        name = symbol_of(symbol)
        check_text("transact_time", transact_time, LONGEST_TIME)
        return cls(name, transact_time, number_of("bid", bid), number_of("offer", offer))

    def entry(self) -> dict[Any, Any]:
        """The fields of a stream entry by their names, for `XADD`; what the quote does not have is empty."""
        return {
            "symbol": self.symbol,
            "bid": b"" if self.bid is None else self.bid,
            "offer": b"" if self.offer is None else self.offer,
            "transact_time": self.transact_time,
        }

    def encode(self, width: int = 4) -> bytes:
        """The whole frame, the symbol right-justified to at least `width` bytes.

        Raises:
            ValueError: a frame has no room for a field of this quote.
        """
        symbol, transact_time, bid, offer = self
        if clean_symbol(symbol) != symbol:
            raise unfit("symbol", symbol, f"{MIN_SYMBOL} to {MAX_SYMBOL} characters without spaces")
        if len(transact_time) != TIME_WIDTH:
            raise unfit("transact_time", transact_time, f"{TIME_WIDTH} characters")
        if bid is None or offer is None:
            raise unfit("bid" if bid is None else "offer", None, "a number")
        return frame(bytes((QUOTE_TYPE,)) + symbol.rjust(width) + transact_time + _PRICES.pack(bid, offer))


def decode(payload: bytes) -> Quote:
    """The quote of one payload.

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
