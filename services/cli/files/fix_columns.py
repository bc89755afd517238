"""Orders (35=D, G) and quotes (35=S) of one layout as columns, if all of them are surely good."""

from collections.abc import Sequence
from typing import Final

from market_spread.framing import is_printable
from market_spread.order import SIDE_NAMES
from services.cli.files.checking import are_good, are_numbers, stripped
from services.cli.files.fix_layout import Run
from services.cli.files.rows import Columns, Kind
from shared.wire.fix.orders import LONGEST_DETAIL
from shared.wire.fix.sides import SIDES

_DETAILS: Final = (b"41", b"37", b"17", b"150", b"40", b"48", b"207", b"100", b"15", b"122", b"97", b"52")
_NUMBERS: Final = (b"99", b"152")
_MARKET: Final = b"1"
_NOT_APPLICABLE: Final = b"[N/A]"

ORDER_TAGS: Final = frozenset({b"35", b"11", b"1", b"54", b"55", b"38", b"44", b"60", *_DETAILS, *_NUMBERS})
"""All that decides what an order is, and whether it can be one."""
QUOTE_TAGS: Final = frozenset({b"35", b"55", b"60", b"52", b"132", b"133", b"134", b"135"})

Column = Sequence[bytes]
_SIDE_TEXTS: Final = {code: SIDE_NAMES[side].encode() for code, side in SIDES.items()}


def columns_of(kind: Kind, run: Run) -> Columns | None:
    """The columns of a run; None if something in it needs a closer look."""
    found: dict[bytes, Column] = dict(zip(run.tags, zip(*run.values, strict=True), strict=True))
    nothing: Column = (b"",) * len(run.values)
    symbols = found.get(b"55", nothing)
    if b"" in symbols or _NOT_APPLICABLE in symbols:
        return None
    columns = _orders(found, nothing, symbols) if kind == "orders" else _quotes(found, nothing, symbols)
    if columns is None or not are_good(kind, columns):
        return None
    return stripped(kind, columns)


def _orders(found: dict[bytes, Column], nothing: Column, symbols: Column) -> Columns | None:
    order_ids = found.get(b"11", nothing)
    if b"" in order_ids or not _are_good_details(found):
        return None
    sides = [_SIDE_TEXTS.get(code, b"") for code in found.get(b"54", nothing)]
    types, prices = found.get(b"40", nothing), found.get(b"44", nothing)
    if _MARKET in types:
        prices = [b"" if each == _MARKET else price for each, price in zip(types, prices, strict=True)]
    return [
        order_ids,
        found.get(b"1", nothing),
        sides,
        symbols,
        found.get(b"38", nothing),
        prices,
        _times(found, nothing),
    ]


def _quotes(found: dict[bytes, Column], nothing: Column, symbols: Column) -> Columns | None:
    sizes = [*found.get(b"134", ()), *found.get(b"135", ())]
    if not are_numbers(sizes) or not all(map(float, filter(None, sizes))):  # a size of 0 may mean no quote
        return None
    return [symbols, found.get(b"132", nothing), found.get(b"133", nothing), _times(found, nothing)]


def _times(found: dict[bytes, Column], nothing: Column) -> Column:
    """TransactTime (60), else SendingTime (52)."""
    transact_times, sending_times = found.get(b"60", nothing), found.get(b"52", nothing)
    if b"" not in transact_times:
        return transact_times
    return [first or second for first, second in zip(transact_times, sending_times, strict=True)]


def _are_good_details(found: dict[bytes, Column]) -> bool:
    """Whether what else a message says of its orders can be read: it would be refused for that, too."""
    texts = [found[tag] for tag in _DETAILS if tag in found]
    if any(max(map(len, column)) > LONGEST_DETAIL for column in texts):
        return False
    numbers = all(are_numbers(found[tag]) for tag in _NUMBERS if tag in found)
    return numbers and is_printable(b"".join(map(b"".join, texts)))
