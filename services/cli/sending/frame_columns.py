"""Rows as frames, and those that no frame can hold."""

from collections.abc import Callable, Iterator, Sequence
from struct import Struct
from typing import Final, NamedTuple

from market_spread import order, quote
from market_spread.framing import MAX_SYMBOL, TIME_WIDTH
from market_spread.order import BUY, LARGEST_FRAME_ACCOUNT, ORDER_ID_WIDTH, ORDER_TYPE, SELL, SIDES, Order
from market_spread.quote import QUOTE_TYPE, Quote
from market_spread.status import Status
from services.cli.files.rows import Columns, RefusedRow, RowKind, Rows

_NARROWEST: Final = 4
"""Shorter symbols are padded, as nearly all senders do."""
_FRAME_SIDES: Final = {b"buy": BUY, b"sell": SELL}
_WIDTHS: Final = range(MAX_SYMBOL + 1)
_PACK_ORDER: Final = [Struct(f">IBBI{ORDER_ID_WIDTH}s{width}sdd{TIME_WIDTH}s").pack for width in _WIDTHS]
_PACK_QUOTE: Final = [Struct(f">IB{width}s{TIME_WIDTH}sdd").pack for width in _WIDTHS]
"""By the width of the symbol."""


class Frames(NamedTuple):
    """Whole frames, one behind the other."""

    frames: int
    data: bytes


def encode(rows: Rows, refuse: Callable[[RefusedRow], None]) -> Frames:
    """The frames of rows.

    Args:
        rows: of any kind.
        refuse: told of each that no frame can hold.
    """
    frames = encode_each(rows, lambda _, refused: refuse(refused))
    return Frames(len(frames), b"".join(frames))


def encode_each(rows: Rows, refuse: Callable[[int, RefusedRow], None]) -> list[bytes]:
    """The same, frame by frame; `refuse` is told the number of the row, too."""
    frames = _all_of(rows)
    return list(_one_by_one(rows, refuse)) if frames is None else frames


def _all_of(rows: Rows) -> list[bytes] | None:
    """The frames of rows all of which surely fit; None if some may not."""
    if rows.kind == "statuses":  # few
        return None
    try:
        return _pack_orders(rows.columns) if rows.kind == "orders" else _pack_quotes(rows.columns)
    except (ValueError, KeyError):  # a number that is absent, an account that is a text, another side
        return None


def _pack_orders(columns: Columns) -> list[bytes] | None:
    order_ids, accounts, sides, symbols, quantities, prices, times = columns
    if not _fit(symbols, times) or max(map(len, order_ids)) > ORDER_ID_WIDTH:
        return None
    numbers = list(map(int, accounts))
    if not 0 <= min(numbers) <= max(numbers) <= LARGEST_FRAME_ACCOUNT:
        return None
    if [b"%d" % each for each in numbers] != list(accounts):
        return None
    return [
        _PACK_ORDER[len(symbol)](
            order.FIXED_SIZE + len(symbol), ORDER_TYPE, side, account, order_id, symbol, quantity, price, time
        )
        for side, account, order_id, symbol, quantity, price, time in zip(
            map(_FRAME_SIDES.__getitem__, sides),
            numbers,
            [each.rjust(ORDER_ID_WIDTH) for each in order_ids],
            [each.rjust(_NARROWEST) for each in symbols],
            map(float, quantities),
            map(float, prices),
            times,
            strict=True,
        )
    ]


def _pack_quotes(columns: Columns) -> list[bytes] | None:
    symbols, bids, offers, times = columns
    if not _fit(symbols, times):
        return None
    return [
        _PACK_QUOTE[len(symbol)](quote.FIXED_SIZE + len(symbol), QUOTE_TYPE, symbol, time, bid, offer)
        for symbol, time, bid, offer in zip(
            [each.rjust(_NARROWEST) for each in symbols],
            times,
            map(float, bids),
            map(float, offers),
            strict=True,
        )
    ]


def _fit(symbols: Sequence[bytes], times: Sequence[bytes]) -> bool:
    return (
        max(map(len, symbols)) <= MAX_SYMBOL
        and b" " not in b"".join(symbols)
        and set(map(len, times)) == {TIME_WIDTH}
    )


def _one_by_one(rows: Rows, refuse: Callable[[int, RefusedRow], None]) -> Iterator[bytes]:
    for number, row in enumerate(zip(*rows.columns, strict=True)):
        try:
            yield _MESSAGES[rows.kind](row).encode()
        except ValueError as error:
            text = str(error)
            reason = text.split(maxsplit=1)[0]
            refuse(number, RefusedRow(reason, f"{text} (--to-stream)", rows.place_of(number)))


def _order(row: Sequence[bytes]) -> Order:
    order_id, account, side, symbol, quantity, price, time = row
    return Order(SIDES[side], account, order_id, symbol, _number(quantity), _number(price), time)


def _quote(row: Sequence[bytes]) -> Quote:
    symbol, bid, offer, time = row
    return Quote(symbol, time, _number(bid), _number(offer))


def _status(row: Sequence[bytes]) -> Status:
    symbol, status, band_low, band_high, time = row
    return Status(symbol, time, int(status), _number(band_low), _number(band_high))


_MESSAGES: Final[dict[RowKind, Callable[[Sequence[bytes]], Order | Quote | Status]]] = {
    "orders": _order,
    "quotes": _quote,
    "statuses": _status,
}


def _number(text: bytes) -> float | None:
    return float(text) if text else None
