"""The quotes and the orders of a made market, sent side by side until the time is up."""

import math
import time
from collections.abc import Callable
from threading import Event
from typing import Protocol

from services.cli.sending.side_by_side import run_together
from shared.process.stop_budget import LAST_ACKS_S


class Flow(Protocol):
    """Messages of one kind on their way to a service."""

    @property
    def sent(self) -> int:
        """How many are on their way, or have taken effect."""

    @property
    def done(self) -> int:
        """How many of them have taken effect, as far as this is known."""

    def run(self, abort: Event) -> None:
        """Send until `close`, and until what was sent has taken effect; or until `abort` is set.

        Raises:
            SenderError: the service refused, or made no progress.
        """

    def close(self) -> None:
        """Make no more (from any thread)."""


class Simulation:
    """A market on its way; nothing is sent before `run`.

    Args:
        quotes: its quotes.
        orders: its orders.
    """

    def __init__(self, quotes: Flow, orders: Flow) -> None:
        self.quotes, self.orders = quotes, orders

    def run(self, length_s: float, interrupted: Event, show: Callable[[], None]) -> None:
        """Send until the time is up or `interrupted` is set, and until what was sent has taken effect.

        Args:
            length_s: may be infinite.
            interrupted: ends it early; then what has not taken effect within 2 s is given up.
            show: called ten times a second.

        Raises:
            SenderError: a service refused, or made no progress.
        """
        ends_at, given_up_at = time.monotonic() + length_s, math.inf

        def goes_on() -> bool:
            nonlocal given_up_at
            show()
            now = time.monotonic()
            if interrupted.is_set():
                given_up_at = min(given_up_at, now + LAST_ACKS_S)
            if now >= ends_at or interrupted.is_set():
                self.quotes.close()
                self.orders.close()
            return now < given_up_at

        run_together([self.quotes, self.orders], goes_on)
