"""The order-result frame: an alert as the Wallaroo application sent it to its receiver."""

import struct
from collections.abc import Mapping
from typing import Final

from market_spread.framing import clean_symbol, frame
from market_spread.order import ORDER_ID_WIDTH, SIDE_NAMES

MIN_SYMBOL_WIDTH: Final = 4
TICK_US: Final = 10
"""The unit of the frame's timestamp, microseconds."""

_HEAD = struct.Struct(f">BI{ORDER_ID_WIDTH}s")
_TAIL = struct.Struct(">ddddQ")
_SIDES: Final = {name.encode(): side for side, name in SIDE_NAMES.items()}


class NoAlertError(ValueError):
    """An entry of the alert stream that is no alert."""


def encode_result(alert: Mapping[bytes, bytes]) -> bytes:
    """The whole frame of an alert, given as the fields of its stream entry.

    A missing bid or offer becomes 0.0.

    Raises:
        NoAlertError: a field is missing or impossible.
    """
    try:
        return frame(_head(alert) + _symbol(alert) + _tail(alert))
    except (KeyError, ValueError, struct.error) as error:
        raise NoAlertError(f"{type(error).__name__}: {error}") from error


def _head(alert: Mapping[bytes, bytes]) -> bytes:
    order_id = alert[b"order_id"].rjust(ORDER_ID_WIDTH)
    if len(order_id) != ORDER_ID_WIDTH:
        raise ValueError(f"order_id {order_id!r} is longer than {ORDER_ID_WIDTH} bytes")
    return _HEAD.pack(_SIDES[alert[b"side"]], int(alert[b"account"]), order_id)


def _symbol(alert: Mapping[bytes, bytes]) -> bytes:
    symbol = clean_symbol(alert[b"symbol"])
    if symbol is None:
        raise ValueError(f"symbol {alert[b'symbol']!r}")
    return symbol.rjust(MIN_SYMBOL_WIDTH)


def _tail(alert: Mapping[bytes, bytes]) -> bytes:
    return _TAIL.pack(
        float(alert[b"quantity"]),
        float(alert[b"price"]),
        float(alert[b"bid"] or 0.0),
        float(alert[b"offer"] or 0.0),
        int(alert[b"checked_at"]) // TICK_US,
    )
