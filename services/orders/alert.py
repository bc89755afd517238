"""An alert as the checker makes it."""

from typing import NamedTuple

from services.orders.messages import Order
from services.orders.quotes import Quote


class Market(NamedTuple):
    """What orders on a symbol that looks wrong meet: the same for all of a batch."""

    quote: Quote | None
    reason: bytes
    """Several are joined by a comma."""
    checked_at: int
    """Microseconds since the Unix epoch."""


class Alert(NamedTuple):
    """An order that met such a market."""

    frame: int
    """The order's place in its batch."""
    order: Order
    market: Market
