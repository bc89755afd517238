"""The order-result frame: an alert as the Wallaroo application sent it to its receiver.

The frame is as narrow as that application's orders; an alert may have more than it has room for.
"""

import struct
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from market_spread.fields import clean_name
from market_spread.framing import MAX_SYMBOL, frame
from market_spread.order import BUY, FRAME_SIDES, LARGEST_FRAME_ACCOUNT, ORDER_ID_WIDTH, SELL, SIDES

MIN_SYMBOL_WIDTH: Final = 4
TICK_US: Final = 10
"""The unit of the frame's timestamp, microseconds."""

_HEAD = struct.Struct(f">BI{ORDER_ID_WIDTH}s")
_TAIL = struct.Struct(">ddddQ")


class NoAlertError(ValueError):
    """An entry of the alert stream that is no alert."""


class ResultFrame(NamedTuple):
    """An alert as a frame."""

    packed: bytes
    """The whole frame."""
    cut: tuple[str, ...]
    """The fields that do not say there all that the alert says."""


def encode_result(alert: Mapping[bytes, bytes]) -> ResultFrame:
    """The frame of an alert, given as the fields of its stream entry.

    A missing bid or offer becomes 0.0, as it always was. What the frame has no room for is cut: all that is
    no buy is a sell; an account that is no number below 2^32 becomes 0; of an order's ID the last 6
    characters stay, of a symbol the last 16; an absent quantity or price becomes 0.0.

    Raises:
        NoAlertError: a field is missing or impossible.
    """
    try:
        packed = frame(_head(alert) + _symbol(alert)[-MAX_SYMBOL:].rjust(MIN_SYMBOL_WIDTH) + _tail(alert))
    except (KeyError, ValueError, struct.error) as error:
        raise NoAlertError(f"{type(error).__name__}: {error}") from error
    return ResultFrame(packed, tuple(_cut(alert)))


def _head(alert: Mapping[bytes, bytes]) -> bytes:
    side = BUY if SIDES[alert[b"side"]] == BUY else SELL
    order_id = alert[b"order_id"][-ORDER_ID_WIDTH:].rjust(ORDER_ID_WIDTH)
    return _HEAD.pack(side, _account_number(alert[b"account"]), order_id)


def _symbol(alert: Mapping[bytes, bytes]) -> bytes:
    symbol = clean_name(alert[b"symbol"])
    if symbol is None:
        raise ValueError(f"symbol {alert[b'symbol']!r}")
    return symbol


def _tail(alert: Mapping[bytes, bytes]) -> bytes:
    return _TAIL.pack(
        float(alert[b"quantity"] or 0.0),
        float(alert[b"price"] or 0.0),
        float(alert[b"bid"] or 0.0),
        float(alert[b"offer"] or 0.0),
        int(alert[b"checked_at"]) // TICK_US,
    )


def _account_number(account: bytes) -> int:
    """An account as the frame has it: 0 unless it is a number that fits."""
    is_short = account.isdigit() and len(account) <= len(str(LARGEST_FRAME_ACCOUNT))
    return number if is_short and (number := int(account)) <= LARGEST_FRAME_ACCOUNT else 0


def _cut(alert: Mapping[bytes, bytes]) -> Iterator[str]:
    """The fields of which something is lost in the frame."""
    if SIDES[alert[b"side"]] not in FRAME_SIDES:
        yield "side"
    if b"%d" % _account_number(alert[b"account"]) != alert[b"account"]:
        yield "account"
    if len(alert[b"order_id"]) > ORDER_ID_WIDTH:
        yield "order_id"
    if len(_symbol(alert)) > MAX_SYMBOL:
        yield "symbol"
    if not alert[b"quantity"]:
        yield "quantity"
    if not alert[b"price"]:
        yield "price"
