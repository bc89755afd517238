"""The check: which orders of a batch alert, and for which reasons."""

import pytest

from market_spread.order import Order
from services.orders.check.rule import find_alerts, fresh_at, reason_of
from services.orders.feed.batch import OrderList, Placed
from services.orders.model.alert import Quote

NOW_US = 1_000_000_000
FINE = Quote(b"10.0", b"10.01", b"quoted", b"0", b"", b"999000000")
RISKY = FINE._replace(risky=b"1", reason=b"spread,spread_ratio")


@pytest.mark.parametrize(
    ("quote", "max_age_us", "reason"),
    [
        (None, None, b"no_quote"),
        (None, 1, b"no_quote"),
        (FINE, None, b""),
        (FINE, 1_000_000, b""),
        (FINE, 999_999, b"stale_quote"),
        (RISKY, None, b"spread,spread_ratio"),
        (RISKY, 1_000_000, b"spread,spread_ratio"),
        (RISKY, 999_999, b"spread,spread_ratio,stale_quote"),
        (RISKY._replace(risky=b"0"), None, b""),
        (FINE._replace(updated_at=b"1000100000"), 1_000_000, b""),
        (FINE._replace(updated_at=b"1000100001"), 1_000_000, b"stale_quote"),
        (FINE._replace(updated_at=b"9" * 5000), 1_000_000, b"stale_quote"),
    ],
)
def test_reasons_stand_in_the_order_of_the_contract(
    quote: Quote | None, max_age_us: int | None, reason: bytes
) -> None:
    """No quote, the ingestor's verdict, and a quote that is a microsecond too old, or too far ahead."""
    assert reason_of(quote, None if max_age_us is None else fresh_at(NOW_US, max_age_us)) == reason


def test_alerts_come_in_the_order_of_their_orders() -> None:
    """Orders on risky symbols and on those without a quote alert, each with its symbol's quote, in order."""
    orders = [
        Placed(frame, symbol, Order(1, b"7", b"%d" % frame, b"S%d" % symbol, 1.0, 2.0, b"now"))
        for frame, symbol in enumerate([2, 0, 1, 2, 0, 1, 1])
    ]

    alerts = find_alerts(OrderList(orders), [0, 1, 2], [FINE, RISKY, None], None, NOW_US)

    assert [(each.frame, each.order.symbol, each.market.quote, each.market.reason) for each in alerts] == [
        (0, b"S2", None, b"no_quote"),
        (2, b"S1", RISKY, b"spread,spread_ratio"),
        (3, b"S2", None, b"no_quote"),
        (5, b"S1", RISKY, b"spread,spread_ratio"),
        (6, b"S1", RISKY, b"spread,spread_ratio"),
    ]
    assert {each.market.checked_at for each in alerts} == {NOW_US}
