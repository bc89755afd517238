"""A made market sent to both feeds by the real clock."""

import math
import secrets
import time
from collections.abc import Callable
from threading import Event, Lock

from market_spread.sending.pace import Pace
from market_spread.sending.sender import Sender
from services.cli.made_market.live_frames import LiveFrames
from services.cli.made_market.market import Frames, Market
from services.cli.sending.side_by_side import run_together
from shared.base.address import Address
from shared.process.stop_budget import LAST_ACKS_S


class Simulation:
    """A market and its two feeds; nothing is sent before `run`.

    Args:
        market: its clock started at `now_ms()`.
        market_data: where the quotes go.
        orders: where the orders go.
        quotes_per_second: 0 for as fast as possible.
        orders_per_second: likewise.
        plain: send without HELLO.
    """

    def __init__(
        self,
        market: Market,
        market_data: Address,
        orders: Address,
        *,
        quotes_per_second: float,
        orders_per_second: float,
        plain: bool = False,
    ) -> None:
        source = None if plain else f"simulate-{secrets.token_hex(8)}"
        self._market, self._lock = market, Lock()
        self._quotes = LiveFrames(self._by_the_clock(market.quotes))
        self._orders = LiveFrames(self._by_the_clock(market.orders))
        self.quotes = Sender(
            market_data, self._quotes, source=source, pace=Pace(quotes_per_second), is_patient=True
        )
        self.orders = Sender(
            orders, self._orders, source=source, pace=Pace(orders_per_second), is_patient=True
        )

    def _by_the_clock(self, make: Callable[[int], list[Frames]]) -> Callable[[int], list[Frames]]:
        """The same for the feeds' two threads, with the transact times of now."""

        def make_now(count: int) -> list[Frames]:
            with self._lock:
                self._market.advance(now_ms())
                return make(count)

        return make_now

    def run(self, length_s: float, interrupted: Event, show: Callable[[], None]) -> None:
        """Send until the time is up or `interrupted` is set, and until what was sent has taken effect.

        Args:
            length_s: may be infinite.
            interrupted: ends it early; then what has not taken effect within 2 s is given up.
            show: called ten times a second.

        Raises:
            SenderError: a feed refused, or made no progress.
        """
        ends_at, given_up_at = time.monotonic() + length_s, math.inf

        def goes_on() -> bool:
            nonlocal given_up_at
            show()
            now = time.monotonic()
            if interrupted.is_set():
                given_up_at = min(given_up_at, now + LAST_ACKS_S)
            if now >= ends_at or interrupted.is_set():
                self._quotes.close()
                self._orders.close()
            return now < given_up_at

        run_together([self.quotes, self.orders], goes_on)


def now_ms() -> int:
    """Now, in milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000
