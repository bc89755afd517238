"""A made market that is asked by the real clock, from any thread."""

import time
from threading import Lock

from services.cli.made_market.market import Frames, Market


class LiveMarket:
    """What it gives has the transact times of now.

    Args:
        market: its clock started at `now_ms()`.
    """

    def __init__(self, market: Market) -> None:
        self._market, self._lock = market, Lock()

    def quotes(self, count: int) -> list[Frames]:
        """See `Market.quotes`."""
        with self._lock:
            self._market.advance(now_ms())
            return self._market.quotes(count)

    def orders(self, count: int) -> list[Frames]:
        """See `Market.orders`."""
        with self._lock:
            self._market.advance(now_ms())
            return self._market.orders(count)


def now_ms() -> int:
    """Now, in milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000
