"""Which alerts a filter lets through."""

from typing import Any

import pytest

from services.orders.alerts.filter import ALL, AlertFilter
from tests.support.market_state import alert_fields


def entry(**changes: Any) -> tuple[bytes, list[bytes]]:
    """A stream entry as Redis answers it."""
    fields = alert_fields(**changes)
    return b"1-0", [str(word).encode() for pair in fields.items() for word in pair]


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({}, True),
        ({"symbol": ["BTU"]}, True),
        ({"symbol": ["AA", "BTU"]}, True),
        ({"symbol": ["btu", "BT", "BTUX"]}, False),
        ({"account": ["7"]}, True),
        ({"account": ["07", "70", ""]}, False),
        ({"reason": ["stale_quote"]}, True),
        ({"reason": ["spread"]}, True),
        ({"reason": ["spread_ratio", "no_quote", "spread,stale_quote"]}, False),
        ({"side": ["sell", "sell_short"]}, True),
        ({"side": ["buy"]}, False),
        ({"order_id": ["Zr6vXo"]}, True),
        ({"order_id": ["Zr6vX"]}, False),
        ({"source": [""]}, True),
        ({"source": ["desk-a"]}, False),
        ({"symbol": ["BTU"], "account": ["7", "8"], "reason": ["spread"], "side": ["sell_short"]}, True),
        ({"symbol": ["BTU"], "account": ["8"], "reason": ["spread"], "side": ["sell_short"]}, False),
    ],
)
def test_what_fits(wanted: dict[str, list[str]], *, fits: bool) -> None:
    """Exact values, any of one field, all fields; any of an alert's reasons; a missing field is empty."""
    alert = entry(account="7", side="sell_short", reason="spread,stale_quote")
    assert AlertFilter.of(**wanted).matches(alert) is fits


def test_a_source() -> None:
    """An alert that has a source is found by it, and not as one that has none."""
    alert = entry(source="desk-a")
    assert AlertFilter.of(source=["desk-a"]).matches(alert)
    assert not AlertFilter.of(source=[""]).matches(alert)


def test_a_class() -> None:
    """Of the published limits that judged; none where none did."""
    alert = entry(limits="7:us-equity/open:retail+override")
    assert AlertFilter.of(symbol_class=["other", "us-equity"]).matches(alert)
    assert not AlertFilter.of(symbol_class=["open", "us", ""]).matches(alert)
    assert AlertFilter.of(symbol_class=[""]).matches(entry())
    assert AlertFilter.of(symbol_class=[""]).matches(entry(limits="nonsense"))


def test_equal_filters() -> None:
    """Filters of the same values are equal, so that what is made for one serves the other."""
    assert AlertFilter.of(symbol=["A", "B"]) == AlertFilter.of(symbol=["B", "A", "A"])
    assert len({AlertFilter.of(symbol=["A", "B"]), AlertFilter.of(symbol=["B", "A"])}) == 1
    assert AlertFilter.of(symbol=[]).wants_all
    assert AlertFilter.of(symbol=[]) == ALL
    assert not AlertFilter.of(account=[""]).wants_all
