"""A source that names symbols in another way than the quotes is told by its first orders."""

from typing import Any, NamedTuple, cast

import pytest

from market_spread.order import Order
from services.orders.check.first_orders import FirstOrders
from services.orders.model.alert import RaisedAlert
from services.orders.model.finding import Finding
from shared.base.source import Source


class Sender(NamedTuple):
    """Of orders."""

    source: Source | None


class Part(NamedTuple):
    """Of a batch."""

    sender: Sender
    first: int
    messages: int


class Batch(NamedTuple):
    """Of some parts."""

    parts: list[Part]


ORDER = Order(1, b"7", b"id", b"IBM US", 1.0, 2.0, b"now")
DESK, OTHER, PLAIN = (
    Sender(Source("key", "me", name="desk")),
    Sender(Source("k", "me", name="other")),
    Sender(None),
)


def look(first: FirstOrders, parts: list[tuple[Sender, int, int]], reason: bytes = b"no_quote") -> None:
    """A batch with so many orders of each sender, of which so many alert."""
    batch, alerts, at = [], [], 0
    for sender, orders, missed in parts:
        batch.append(Part(sender, at, orders))
        finding = Finding(None, None, b"", None, reason, 0)
        alerts += [RaisedAlert(at + place, ORDER, finding) for place in range(missed)]
        at += orders
    first.look(cast(Any, Batch(batch)), alerts)


def test_most_of_the_first_orders_meet_no_quote(caplog: pytest.LogCaptureFixture) -> None:
    """It is said once, of that source alone, and later orders are not looked at."""
    first = FirstOrders()
    for _ in range(3):
        look(first, [(DESK, 400, 201), (OTHER, 400, 150), (PLAIN, 200, 200)])
    for _ in range(5):
        look(first, [(DESK, 400, 400), (OTHER, 400, 400)])
    (said,) = caplog.messages
    assert said.startswith("603 of the first 1200 orders of the source desk are on symbols without a quote")
    for _ in range(2):
        look(first, [(PLAIN, 200, 200)])
    assert len(caplog.messages) == 2
    assert "the source plain" in caplog.messages[1]


def test_other_reasons_do_not_count(caplog: pytest.LogCaptureFixture) -> None:
    """Wide markets are no mistake of names."""
    look(FirstOrders(), [(DESK, 1000, 1000)], b"spread,stale_quote")
    assert not caplog.messages
    look(FirstOrders(), [(DESK, 1000, 1000)], b"no_quote,stale_quote")
    assert caplog.messages


def test_sources_are_forgotten_when_they_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ever new names fill no memory."""
    monkeypatch.setattr("services.orders.check.first_orders._MOST_SOURCES", 3)
    first = FirstOrders()
    for number in range(10):
        look(first, [(Sender(Source("key", "me", name=str(number))), 10, 0)])
    assert len(first._seen) <= 3
