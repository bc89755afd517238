"""An alert as the checker makes it, with the market that the order met."""

from typing import NamedTuple

from market_spread.order import Order
from shared.market.verdict import Verdict
from shared.wire.fix.orders import FixDetails


class RaisedAlert(NamedTuple):
    """An order that met a market that looks wrong."""

    frame: int
    """The order's place in its batch."""
    order: Order
    market: Verdict
    details: FixDetails | None = None
    """What FIX says of the order besides; None for one that did not come by FIX."""
