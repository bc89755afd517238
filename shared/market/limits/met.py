"""What is judged: an order, and the quote that it met."""

from typing import NamedTuple

from market_spread.order import BUY


class JudgedOrder(NamedTuple):
    """What the tests use of an order; what it does not have is None."""

    symbol: str
    account: str
    side: int
    quantity: float | None = None
    price: float | None = None
    stop_price: float | None = None
    is_market: bool = False
    """It says of itself that it is a market order; one without any price is one anyway."""
    cash_quantity: float | None = None
    """The money to be spent, where that is given instead of a quantity."""
    sent_at_us: int | None = None
    """When it was sent, microseconds since the Unix epoch."""
    late_ms: int | None = None
    """How long it may have been on its way; None: any time."""

    @property
    def is_without_price(self) -> bool:
        """Whether it is a market order: it says so, or has neither price nor stop price."""
        return self.is_market or (self.price is None and self.stop_price is None)

    def is_late(self, now_us: int) -> bool:
        """Whether it was on its way for longer than it may, or does not tell since when.

        Args:
            now_us: microseconds since the Unix epoch.
        """
        if self.late_ms is None:
            return False
        return self.sent_at_us is None or now_us - self.sent_at_us > 1000 * self.late_ms

    @property
    def is_buy(self) -> bool:
        """Whether it buys: all other sides are judged as sells."""
        return self.side == BUY


class MetQuote(NamedTuple):
    """A symbol's quote and status as an order met them; what was not recorded is None."""

    bid: float | None
    """As received: what a class takes for an absent price is found out by the verdict."""
    offer: float | None
    updated_at_us: int | None = None
    """When the quote was applied. All times are microseconds since the Unix epoch."""
    state_since_us: int | None = None
    status: int | None = None
    """0 trading, 1 halted, 2 paused, 3 auction or pre-open, 4 closed, 5 quotes not firm."""
    band_low: float | None = None
    """Zero is no band."""
    band_high: float | None = None
    source: str = ""
    """Who sent the quote; empty where that was not recorded."""
    heard_at_us: int | None = None
    """When its source was last heard of; None where that is no longer known."""
