"""Feeds in files, with exactly the share of orders on risky symbols that is asked for."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market_spread.framing import HEADER
from market_spread.order import ORDER_TYPE
from market_spread.quote import QUOTE_TYPE
from services.cli.made_market.tickers import tickers
from services.market_data.feed.messages import quote_dtype
from services.orders.feed.messages import order_dtype

_TIME = b"20260105-14:30:00.000"
_WIDTH = 4
_WARM_UP_ORDERS = 1000


class Feeds(NamedTuple):
    """Files of frames."""

    opening: Path
    """One quote of each symbol."""
    warm_up: Path
    """Some orders that do not alert."""
    quotes: Path
    orders: Path
    messages: int
    """How many quotes and how many orders."""
    alerts: int
    """How many of the orders alert, when the opening was sent before them."""


def write_feeds(folder: Path, messages: int, risky: float, symbols: int = 350) -> Feeds:
    """Write feeds of a market in which the same symbols are risky all the time, as evenly spaced orders are.

    The quotes go once round all symbols first. Prices differ from quote to quote; symbols are 4 bytes wide,
    as in almost all real data.

    Args:
        folder: where the files go; created if there is none.
        messages: how many quotes, and how many orders.
        risky: share of the orders that alert, 0 to 1; the same share of the symbols, but at least one, is
            risky.
        symbols: how many.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.Generator(np.random.PCG64(1))
    names = symbol_names(symbols)
    wide = max(1, round(symbols * risky))
    opening, warm_up, quotes_file, orders_file = (
        folder / f"{name}.msg" for name in ("opening", "warm_up", "quotes", "orders")
    )
    every = np.arange(symbols)
    quote_frames(names, every, every < wide, random).tofile(opening)
    calm = np.full(_WARM_UP_ORDERS, symbols - 1)
    order_frames(names, calm[: 0 if wide == symbols else None]).tofile(warm_up)
    quoted = random.integers(0, symbols, messages)
    quoted[:symbols] = every[:messages]
    quote_frames(names, quoted, quoted < wide, random).tofile(quotes_file)
    alerting = np.flatnonzero(np.diff(np.floor(np.arange(messages + 1) * risky)))
    ordered = random.integers(wide % symbols, symbols, messages)
    ordered[alerting] = random.integers(0, wide, len(alerting))
    order_frames(names, ordered).tofile(orders_file)
    return Feeds(opening, warm_up, quotes_file, orders_file, messages, len(alerting))


def symbol_names(count: int) -> NDArray[np.bytes_]:
    """So many symbols of at most 4 bytes, as they stand in a frame."""
    names = [each.symbol.rjust(_WIDTH) for each in tickers(count + 100) if len(each.symbol) <= _WIDTH]
    return np.array(names[:count], f"S{_WIDTH}")


def quote_frames(
    names: NDArray[np.bytes_],
    symbols: NDArray[np.int64],
    is_wide: NDArray[np.bool_],
    random: np.random.Generator,
) -> NDArray[np.void]:
    """A quote for each of these symbols, with a spread of 5 to 20 cents or of 1 to 4."""
    dtype = quote_dtype(_WIDTH)
    frames = np.empty(len(symbols), dtype)
    bids = random.integers(1_000, 50_000, len(symbols))
    spreads = np.where(is_wide, random.integers(5, 21, len(symbols)), random.integers(1, 5, len(symbols)))
    frames["size"] = dtype.itemsize - HEADER.size
    frames["type"] = QUOTE_TYPE
    frames["symbol"] = names[symbols]
    frames["transact_time"] = _TIME
    frames["bid"] = bids / 100.0  # a division of whole cents gives the double nearest to the price
    frames["offer"] = (bids + spreads) / 100.0
    return frames


def order_frames(names: NDArray[np.bytes_], symbols: NDArray[np.int64]) -> NDArray[np.void]:
    """An order for each of these symbols; its account is its number."""
    dtype = order_dtype(_WIDTH)
    frames = np.empty(len(symbols), dtype)
    numbers = np.arange(len(symbols))
    frames["size"] = dtype.itemsize - HEADER.size
    frames["type"] = ORDER_TYPE
    frames["side"] = 1 + numbers % 2
    frames["account"] = numbers
    frames["order_id"] = (100_000 + numbers % 900_000).astype("S6")
    frames["symbol"] = names[symbols]
    frames["quantity"] = 100.0 * (1 + numbers % 9)
    frames["price"] = (1_000 + numbers % 9_000) / 100.0
    frames["transact_time"] = _TIME
    return frames
