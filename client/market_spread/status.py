"""What prices cannot tell of a symbol: whether it trades, and its price bands; one frame, both ways."""

import math
import struct
from typing import Any, Final, NamedTuple, Self

from market_spread.fields import LONGEST_TIME, check_text, number_of, symbol_of, wrong
from market_spread.framing import (
    MAX_SYMBOL,
    MIN_SYMBOL,
    TIME_WIDTH,
    DecodeError,
    clean_symbol,
    frame,
    is_printable,
    market_data_head,
    now,
)

STATUS_TYPE: Final = 3
FIXED_SIZE: Final = 1 + TIME_WIDTH + 1 + 8 + 8
"""Payload length without the symbol, bytes."""

STATUS_NAMES: Final = ("trading", "halted", "paused", "auction", "closed", "not_firm", "wiped_out")
"""By their numbers: `auction` is before the open too, `not_firm` means that quotes bind nobody."""
WIPED_OUT: Final = STATUS_NAMES.index("wiped_out")
"""Both prices are gone. It changes neither the status before it nor the bands."""

_NUMBERS: Final = {b"%d" % number: number for number in range(len(STATUS_NAMES))}
_BANDS = struct.Struct(">Bdd")


class Status(NamedTuple):
    """The trading status of a symbol, and its price bands."""

    symbol: bytes
    """1 to 64 characters."""
    transact_time: bytes
    """0 to 35 characters, as received; in frames `YYYYMMDD-HH:MM:SS.mmm`."""
    status: int
    """The place of its name in `STATUS_NAMES`."""
    band_low: float | None
    """The lowest price at which the market lets anybody trade; None where there is no such bound."""
    band_high: float | None
    """The highest one."""

    @classmethod
    def of(
        cls,
        *,
        symbol: str,
        status: str,
        band_low: float | None = None,
        band_high: float | None = None,
        transact_time: str | None = None,
    ) -> Self:
        """A status from texts.

        Args:
            symbol: 1 to 64 characters of printable ASCII; spaces around it are dropped.
            status: one of `STATUS_NAMES`.
            band_low: money, in the unit of the feed; None for no bound.
            band_high: the same.
            transact_time: up to 35 characters; now, UTC, as `YYYYMMDD-HH:MM:SS.mmm`, if left out.

        Raises:
            ValueError: no status holds this. (What frames have no room for, `encode` refuses.)
        """
        if status not in STATUS_NAMES:
            raise wrong("status", status.encode(), f"one of {', '.join(STATUS_NAMES)}")
        return cls.parse(
            symbol=symbol.encode(),
            transact_time=(now() if transact_time is None else transact_time).encode(),
            status=b"%d" % STATUS_NAMES.index(status),
            band_low=b"" if band_low is None else repr(float(band_low)).encode(),
            band_high=b"" if band_high is None else repr(float(band_high)).encode(),
        )

    @classmethod
    def parse(
        cls,
        *,
        symbol: bytes,
        status: bytes,
        transact_time: bytes = b"",
        band_low: bytes = b"",
        band_high: bytes = b"",
    ) -> Self:
        """A status from the texts that it was received as; a band that is absent is empty, or 0.

        Raises:
            DecodeError: a field cannot be that; of several the first in the order of `REASONS`.
        """
        name = symbol_of(symbol)
        number = _NUMBERS.get(status)
        if number is None:
            raise wrong("status", status, f"a number from 0 to {WIPED_OUT}")
        check_text("transact_time", transact_time, LONGEST_TIME)
        bands = number_of("band_low", band_low) or None, number_of("band_high", band_high) or None
        return cls(name, transact_time, number, *bands)

    def entry(self) -> dict[Any, Any]:
        """The fields of a stream entry by their names, for `XADD`; a band that there is not is empty."""
        return {
            "symbol": self.symbol,
            "status": self.status,
            "band_low": b"" if self.band_low is None else self.band_low,
            "band_high": b"" if self.band_high is None else self.band_high,
            "transact_time": self.transact_time,
        }

    def encode(self, width: int = 4) -> bytes:
        """The whole frame, the symbol right-justified to at least `width` bytes.

        Raises:
            ValueError: a frame has no room for a field of this status.
        """
        symbol, transact_time, status, band_low, band_high = self
        head = market_data_head(STATUS_TYPE, symbol, transact_time, width)
        return frame(head + _BANDS.pack(status, band_low or 0.0, band_high or 0.0))


def decode(payload: bytes) -> Status:
    """The status of one payload.

    Raises:
        DecodeError: the payload is not a valid status.
    """
    width = len(payload) - FIXED_SIZE
    if payload[0] != STATUS_TYPE:
        raise DecodeError("type", payload)
    if not MIN_SYMBOL <= width <= MAX_SYMBOL:
        raise DecodeError("length", payload)
    symbol = clean_symbol(payload[1 : 1 + width])
    if symbol is None:
        raise DecodeError("symbol", payload)
    status, band_low, band_high = _BANDS.unpack_from(payload, 1 + width + TIME_WIDTH)
    if status > WIPED_OUT:
        raise DecodeError("status", payload)
    transact_time = payload[1 + width : 1 + width + TIME_WIDTH]
    if not is_printable(transact_time):
        raise DecodeError("transact_time", payload)
    if not (math.isfinite(band_low) and math.isfinite(band_high)):
        raise DecodeError("number", payload)
    return Status(symbol, transact_time, status, band_low or None, band_high or None)
