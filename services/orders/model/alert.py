"""An alert as the checker makes it, with the market that the order met."""

from typing import NamedTuple

from market_spread.order import Order
from services.orders.model.finding import Finding


class RaisedAlert(NamedTuple):
    """An order that met a market that looks wrong, or that is out of its limits."""

    frame: int
    """The order's place in its batch."""
    order: Order
    finding: Finding
