"""A made market: quotes and orders of some hundreds of symbols, as whole frames, seeded."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market_spread.framing import HEADER
from market_spread.order import ORDER_TYPE
from market_spread.quote import QUOTE_TYPE
from services.cli.made_market.random_walk import Integers, Walk, Words
from services.cli.made_market.tickers import tickers
from services.cli.made_market.transact_times import transact_times
from services.market_data.feed.messages import quote_dtype
from services.orders.feed.messages import order_dtype

START_MS: Final = 1_767_623_400_000
"""Where a market's clock starts unless told otherwise: 2026-01-05, 14:30 UTC, when New York opens."""
STEP_MS: Final = 100
"""How often mids move and spreads widen or narrow."""

_NARROW_WIDTH: Final = 4
_ID_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ID_HALVES: Final = np.array(
    [(a + b + c).encode() for a in _ID_DIGITS for b in _ID_DIGITS for c in _ID_DIGITS], "S3"
)
_IDS: Final = len(_ID_HALVES) ** 2

Frames = NDArray[np.void]
"""Frames of one length, shape `(n,)`, of `quote_dtype(width)`, `status_dtype` or `order_dtype`."""


class Market:
    """A market that is asked for quotes and orders.

    Both come as a list with an array for each width of a symbol that occurs, to be sent one after the
    other; so the wire has long runs of equal frames.

    Everything is derived from the raw words of PCG64, the one stream that NumPy promises never to change,
    by whole-number and plain IEEE arithmetic: the same seed and the same calls give the same bytes with
    every version of Python and NumPy, on every machine.

    Args:
        seed: 0 or more.
        symbols: how many, 1 to 400,000: the first of `tickers`.
        risky: which share of the symbols has a wide spread at any time, 0 to 1.
        start_ms: where the market's clock starts, milliseconds since the Unix epoch.

    Raises:
        ValueError: one of them is out of range.
    """

    def __init__(
        self, seed: int = 1, symbols: int = 350, risky: float = 0.04, start_ms: int = START_MS
    ) -> None:
        if not 0 <= risky <= 1:
            raise ValueError(f"a share of {risky} of the symbols cannot be risky: use 0 to 1")
        listed = tickers(symbols)
        self.symbols = [ticker.symbol for ticker in listed]
        self._draw = np.random.PCG64(seed).random_raw
        self._walk = Walk([ticker.cents for ticker in listed], risky, self._draw)
        self._from_ms = self._now_ms = start_ms
        self._widths = np.array([max(_NARROW_WIDTH, len(name)) for name in self.symbols], np.uint8)
        self._names = {
            int(width): np.array([name.rjust(width) for name in self.symbols], f"S{width}")
            for width in np.unique(self._widths)
        }
        self._quoted = 0
        self._ordered = int(self._draw(1)[0]) % _IDS

    def advance(self, to_ms: int) -> None:
        """Set the market's clock, milliseconds since the Unix epoch; it never goes back.

        What is asked for next carries times between the clock before and now. A leap over several
        `STEP_MS` moves the prices one step: the market slept, too.
        """
        self._from_ms, self._now_ms = self._now_ms, max(to_ms, self._now_ms)
        if self._now_ms // STEP_MS > self._from_ms // STEP_MS:
            self._walk.step()

    def quotes(self, count: int) -> list[Frames]:
        """So many quotes of random symbols; the market's first quotes go once round all of them."""
        words = self._draw(count)
        symbols = _pick(words, len(self.symbols))
        opening = min(count, len(self.symbols) - self._quoted)
        symbols[:opening] = np.arange(self._quoted, self._quoted + opening)
        self._quoted += opening
        return [self._quote_frames(*part) for part in self._by_width(symbols, words)]

    def orders(self, count: int) -> list[Frames]:
        """So many orders on random symbols, of those quoted so far (of all, if none was)."""
        words = self._draw(count)
        symbols = _pick(words, self._quoted or len(self.symbols))
        return [self._order_frames(*part) for part in self._by_width(symbols, words)]

    def _by_width(
        self, symbols: Integers, words: Words
    ) -> Iterator[tuple[int, Integers, Words, NDArray[np.bytes_]]]:
        """The picked symbols of each width, with random words and ascending times to go with them."""
        times = transact_times(len(symbols), self._from_ms, self._now_ms)
        start = 0
        for width in self._names:
            chosen = symbols if len(self._names) == 1 else symbols[self._widths[symbols] == width]
            end = start + len(chosen)
            if len(chosen):
                yield width, chosen, words[start:end], times[start:end]
            start = end

    def _quote_frames(self, width: int, symbols: Integers, words: Words, times: NDArray[np.bytes_]) -> Frames:
        dtype = quote_dtype(width)
        bids, offers = self._walk.quoted(symbols, words)
        frames = np.empty(len(symbols), dtype)
        frames["size"] = dtype.itemsize - HEADER.size
        frames["type"] = QUOTE_TYPE
        frames["symbol"] = self._names[width][symbols]
        frames["transact_time"] = times
        frames["bid"] = bids / 100.0  # a division of whole cents gives the double nearest to the price
        frames["offer"] = offers / 100.0
        return frames

    def _order_frames(self, width: int, symbols: Integers, words: Words, times: NDArray[np.bytes_]) -> Frames:
        dtype = order_dtype(width)
        frames = np.empty(len(symbols), dtype)
        frames["size"] = dtype.itemsize - HEADER.size
        frames["type"] = ORDER_TYPE
        frames["side"] = 1 + ((words >> 3) & 1)
        frames["account"] = 1000 + ((words >> 8) & 127)
        frames["order_id"] = self._order_ids(len(symbols))
        frames["symbol"] = self._names[width][symbols]
        frames["quantity"] = 100 * (1 + ((words >> 4) & 15))
        frames["price"] = self._walk.limits(symbols, words) / 100.0
        frames["transact_time"] = times
        return frames

    def _order_ids(self, count: int) -> NDArray[np.bytes_]:
        """The next ones, of 6 characters; two billion orders have different ones."""
        numbers = (self._ordered + np.arange(count)) % _IDS
        self._ordered += count
        halves = np.empty((count, 2), "S3")
        halves[:, 0] = _ID_HALVES[numbers // len(_ID_HALVES)]
        halves[:, 1] = _ID_HALVES[numbers % len(_ID_HALVES)]
        return halves.view("S6")[:, 0]


def _pick(words: Words, among: int) -> Integers:
    """A number from 0 up to `among` for each word, out of its upper half."""
    return (((words >> 32) * among) >> 32).astype(np.int64)
