"""An alert as the checker makes it, with the market that the order met."""

from typing import NamedTuple

from market_spread.order import Order
from shared.market.verdict import Verdict


class RaisedAlert(NamedTuple):
    """An order that met a market that looks wrong."""

    frame: int
    """The order's place in its batch."""
    order: Order
    market: Verdict
