"""An alert as the checker makes it, with the market that the order met."""

from typing import NamedTuple

from market_spread.order import Order


class Quote(NamedTuple):
    """A symbol's last quote, as its hash has it."""

    bid: bytes
    """Empty where nobody bids."""
    offer: bytes
    """Empty where nobody offers."""
    transact_time: bytes
    risky: bytes
    reason: bytes
    updated_at: bytes
    """Microseconds since the Unix epoch."""


class Verdict(NamedTuple):
    """What orders on a symbol that looks wrong meet: the same for all of a batch."""

    quote: Quote | None
    reason: bytes
    """Several are joined by a comma."""
    checked_at: int
    """Microseconds since the Unix epoch."""


class RaisedAlert(NamedTuple):
    """An order that met such a market."""

    frame: int
    """The order's place in its batch."""
    order: Order
    market: Verdict
