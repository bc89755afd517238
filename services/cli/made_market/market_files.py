"""A made market written to files, for replaying it."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from services.cli.made_market.market import START_MS, Frames, Market

QUOTES_NAME: Final = "quotes.msg"
ORDERS_NAME: Final = "orders.msg"

_SLICE_MS: Final = 10


class Written(NamedTuple):
    """What was written."""

    quotes: int
    orders: int


def write_market(
    directory: Path, market: Market, *, quotes_per_second: int, orders_per_second: int, seconds: float
) -> Written:
    """Write `quotes.msg` and `orders.msg` of a fresh market that starts its clock at `START_MS`.

    The same arguments and a market of the same arguments give the same bytes, everywhere.

    Args:
        directory: created if there is none; files of these names are overwritten.
        market: not asked for anything yet.
        quotes_per_second: of the market's clock, evenly.
        orders_per_second: likewise.
        seconds: how long, by the market's clock.

    Raises:
        OSError: a file cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    written = Written(0, 0)
    with (directory / QUOTES_NAME).open("wb") as quotes, (directory / ORDERS_NAME).open("wb") as orders:
        for at_ms in _slices(round(seconds * 1000)):
            market.advance(START_MS + at_ms)
            due = Written(quotes_per_second * at_ms // 1000, orders_per_second * at_ms // 1000)
            _write(quotes, market.quotes(due.quotes - written.quotes))
            _write(orders, market.orders(due.orders - written.orders))
            written = due
    return written


def _slices(length_ms: int) -> Iterator[int]:
    """Where each slice ends."""
    yield from range(_SLICE_MS, length_ms, _SLICE_MS)
    yield length_ms


def _write(file: BinaryIO, arrays: list[Frames]) -> None:
    file.writelines(frames.tobytes() for frames in arrays)
