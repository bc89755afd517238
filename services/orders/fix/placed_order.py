"""An order by FIX with its place in a batch."""

from typing import Final, NamedTuple

from market_spread.order import Order
from services.orders.model.alert import RaisedAlert
from services.orders.model.finding import Finding
from services.orders.model.judged_order import judged_order
from shared.market.limits.met import JudgedOrder
from shared.wire.fix.orders import FixDetails

_MARKET: Final = b"1"


class PlacedFixOrder(NamedTuple):
    """An order with its place in the batch."""

    frame: int
    symbol: int
    """The number of its symbol."""
    order: Order
    details: FixDetails
    sent_at_us: int | None = None
    """When it was sent first, microseconds since the Unix epoch; None where that is not said."""
    late_ms: int | None = None
    """How long it may have been on its way; None: any time."""

    def judged(self) -> JudgedOrder:
        """What limits judge of it."""
        details = self.details
        return judged_order(self.order)._replace(
            stop_price=details.stop_price,
            is_market=details.order_type == _MARKET,
            cash_quantity=details.cash_quantity,
            sent_at_us=self.sent_at_us,
            late_ms=self.late_ms,
        )

    def alert(self, finding: Finding) -> RaisedAlert:
        """What it raises on a market."""
        return RaisedAlert(self.frame, self.order, finding, self.details)
