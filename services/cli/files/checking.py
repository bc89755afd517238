"""Columns of texts, checked all at once; and row by row where something in them may be wrong.

A look at a whole column costs a tenth of looks at its rows. It only has to be sure where all is well:
whatever is in doubt is decided by `Order.parse` and `Quote.parse`, as everywhere.
"""

from collections.abc import Callable, Iterator, Sequence
from math import isfinite
from typing import Final

from market_spread.fields import LONGEST_ACCOUNT, LONGEST_ORDER_ID, LONGEST_SYMBOL, LONGEST_TIME
from market_spread.framing import DecodeError, is_printable
from market_spread.order import SIDE_NAMES, SIDES, Order
from market_spread.quote import Quote
from services.cli.files.rows import Columns, Item, Kind, Place, RefusedRow, RowKind, Rows

_LONGEST: Final[dict[Kind, dict[int, int]]] = {
    "orders": {0: LONGEST_ORDER_ID, 1: LONGEST_ACCOUNT, 3: LONGEST_SYMBOL, 6: LONGEST_TIME},
    "quotes": {0: LONGEST_SYMBOL, 3: LONGEST_TIME},
}
NUMBERS: Final[dict[Kind, tuple[int, int]]] = {"orders": (4, 5), "quotes": (1, 2)}
"""The columns that are numbers."""
_STRIPPED: Final[dict[Kind, tuple[int, ...]]] = {"orders": (0, 3), "quotes": (0,)}
_SYMBOL: Final[dict[Kind, int]] = {"orders": 3, "quotes": 0}
_SIDE: Final = 2
_OF_NUMBERS: Final = b"0123456789+-.eE"
_LONGEST_NUMBER: Final = 32
"""Characters of a number that goes on as it was written; of a longer one its shortest text does."""


def check(kind: Kind, label: str, columns: Columns, place_of: Callable[[int], Place]) -> Iterator[Item]:
    """The rows that can be orders or quotes, and those that cannot, in order.

    Args:
        kind: what they should be.
        label: what the file calls them.
        columns: of texts as they came, in the order of `FIELDS`; the sides by our names.
        place_of: where a row stands.
    """
    if are_good(kind, columns):
        yield Rows(kind, label, stripped(kind, columns), place_of)
        return
    good: list[tuple[bytes, ...]] = []
    places: list[Place] = []
    for number, row in enumerate(zip(*columns, strict=True)):
        try:
            good.append(_parsed(kind, row))
            places.append(place_of(number))
        except DecodeError as error:
            yield from _collected(kind, label, good, places)
            good, places = [], []
            yield RefusedRow(error.reason, str(error), place_of(number))
    yield from _collected(kind, label, good, places)


def rows_of(kind: RowKind, label: str, values: Sequence[Sequence[bytes]], places: Sequence[Place]) -> Rows:
    """Rows that are given one by one."""
    return Rows(kind, label, list(zip(*values, strict=True)), places.__getitem__)


def _collected(
    kind: Kind, label: str, good: Sequence[tuple[bytes, ...]], places: Sequence[Place]
) -> Iterator[Rows]:
    if good:
        yield rows_of(kind, label, good, places)


def stripped(kind: Kind, columns: Columns) -> Columns:
    """Good rows with symbols and order IDs without spaces around them."""
    return [
        [text.strip(b" ") for text in column] if place in _STRIPPED[kind] else column
        for place, column in enumerate(columns)
    ]


def are_good(kind: Kind, columns: Columns) -> bool:
    """Whether all rows are surely good; if not, some may be."""
    if not columns[0]:
        return True
    if kind == "orders" and not SIDES.keys() >= set(columns[_SIDE]):
        return False
    texts = _LONGEST[kind]
    if any(max(map(len, columns[place])) > longest for place, longest in texts.items()):
        return False
    if not all(text.strip(b" ") for text in set(columns[_SYMBOL[kind]])):
        return False
    joined = b"".join(map(b"".join, (columns[place] for place in texts)))
    return is_printable(joined) and all(are_numbers(columns[place]) for place in NUMBERS[kind])


def are_numbers(column: Sequence[bytes]) -> bool:
    """Whether all texts are surely finite decimal numbers of a usual length, or nothing at all."""
    if b"".join(column).translate(None, _OF_NUMBERS) or max(map(len, column), default=0) > _LONGEST_NUMBER:
        return False
    try:
        return isfinite(sum(map(float, filter(None, column))))
    except ValueError:
        return False


def _parsed(kind: Kind, row: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """A row as an order or a quote has it; numbers stay as they were written.

    Raises:
        DecodeError: it can be none.
    """
    if kind == "quotes":
        symbol, bid, offer, time = row
        quote = Quote.parse(symbol=symbol, transact_time=time, bid=bid, offer=offer)
        return quote.symbol, _short(bid), _short(offer), time
    order_id, account, side, symbol, quantity, price, time = row
    order = Order.parse(
        side=side,
        symbol=symbol,
        order_id=order_id,
        account=account,
        quantity=quantity,
        price=price,
        transact_time=time,
    )
    numbers = _short(quantity), _short(price)
    return order.order_id, account, SIDE_NAMES[order.side].encode(), order.symbol, *numbers, time


def _short(number: bytes) -> bytes:
    return number if len(number) <= _LONGEST_NUMBER else repr(float(number)).encode()
