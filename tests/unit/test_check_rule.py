"""The check: which orders of a batch alert, and for which reasons."""

from market_spread.order import Order
from services.orders.check.rule import find_alerts
from services.orders.feed.batch import OrderList, Placed
from services.orders.model.finding import Finding
from shared.market.quote import Quote

NOW_US = 1_000_000_000
FINE = Quote(10.0, 10.01, b"quoted", False, b"", 999_000_000)
RISKY = FINE._replace(is_risky=True, reason=b"spread,spread_ratio")


def test_alerts_come_in_the_order_of_their_orders() -> None:
    """Orders on risky symbols and on those without a quote alert, each with its symbol's quote, in order."""
    orders = [
        Placed(frame, symbol, Order(1, b"7", b"%d" % frame, b"S%d" % symbol, 1.0, 2.0, b"now"))
        for frame, symbol in enumerate([2, 0, 1, 2, 0, 1, 1])
    ]

    alerts = find_alerts(OrderList(orders), [0, 1, 2], [FINE, RISKY, None], None, NOW_US)

    missing = Finding(None, None, b"", None, b"no_quote", NOW_US)
    risky = Finding(10.0, 10.01, b"quoted", 999_000_000, b"spread,spread_ratio", NOW_US)
    assert [(each.frame, each.order.symbol, each.finding) for each in alerts] == [
        (0, b"S2", missing),
        (2, b"S1", risky),
        (3, b"S2", missing),
        (5, b"S1", risky),
        (6, b"S1", risky),
    ]
