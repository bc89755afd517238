"""What the commit's script makes of a chunk of alerts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from market_spread.order import SIDE_NAMES, Order
from services.cli.local.embedded import Server
from services.orders.alerts.log import append_alerts
from services.orders.model.alert import RaisedAlert
from services.orders.model.finding import Finding
from shared.base.source import Origin, Source
from shared.commit.positions import Positions
from shared.commit.source_commit import CommitChunk, Outcome, SourceCommit
from shared.redis.url import open_link
from shared.wire.fix.orders import FixDetails

KEY = "position:{alerts}:orders:words"
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.binary(max_size=21)

PRICES = st.none() | NUMBERS.map(lambda number: number + 0.0)  # not -0.0, which is the same market as 0.0

TIMES = st.integers(0, 2**53)
findings = st.builds(
    Finding, PRICES, PRICES, TEXTS, st.none() | TIMES, TEXTS, TIMES, TEXTS, TEXTS, TEXTS, TEXTS
)
orders = st.builds(
    Order,
    st.sampled_from(sorted(SIDE_NAMES)),
    TEXTS,
    TEXTS,
    TEXTS,
    st.none() | NUMBERS,
    st.none() | NUMBERS,
    TEXTS,
)
details = st.builds(
    FixDetails, *[TEXTS] * 6, st.none() | NUMBERS, st.none() | NUMBERS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS
)
DETAILS = (
    "orig_order_id", "broker_order_id", "exec_id", "msg_type", "exec_type", "order_type", "stop_price",
    "cash_quantity", "security_id", "venue", "currency", "sending_time", "poss_resend",
)  # fmt: skip


def text(value: bytes | float | None) -> bytes:
    """How a value is written."""
    if isinstance(value, bytes):
        return value
    return b"" if value is None else repr(value).encode()


def fields(alert: RaisedAlert, source: bytes, sequence: bytes) -> list[tuple[str, bytes]]:
    """What the contract says that an entry holds, in this order."""
    order = alert.order
    bid, offer, quote_time, quote_at, reason, checked_at, *by_limits = alert.finding
    names = ("limits", "broken", "state", "severity")
    by_fix = () if alert.details is None else zip(DETAILS, map(text, alert.details), strict=True)
    return [
        ("order_id", order.order_id),
        ("account", order.account),
        ("side", {1: b"buy", 2: b"sell", 5: b"sell_short", 6: b"sell_short_exempt"}[order.side]),
        ("symbol", order.symbol),
        ("quantity", text(order.quantity)),
        ("price", text(order.price)),
        ("transact_time", order.transact_time),
        ("bid", text(bid)),
        ("offer", text(offer)),
        ("quote_time", quote_time),
        ("reason", reason),
        ("checked_at", str(checked_at).encode()),
        ("quote_at", b"" if quote_at is None else str(quote_at).encode()),
        ("source", source),
        ("sequence", sequence),
        *by_fix,
        *((name, value) for name, value in zip(names, by_limits, strict=True) if value),
    ]


def named(frame: int) -> tuple[bytes, bytes]:
    """Source and sequence of an order: of a connection up to the fifth, then of a stream."""
    return (b"desk", b"%d" % (100 + frame)) if frame < 5 else (b"stream:orders", b"%d-0" % frame)


@pytest.mark.slow
@given(st.data())
def test_every_alert_of_a_portion_has_its_own_order_and_market(
    any_server: Server, data: st.DataObject
) -> None:
    """Orders that share findings, or have one each, or none in it: each entry has its values, in order.

    What FIX says of them has all of its fields, those of published limits are there where they say anything.
    """
    some = data.draw(st.lists(findings, min_size=1, max_size=4))
    said = details if data.draw(st.booleans()) else st.none()
    alerts = [
        RaisedAlert(frame, order, data.draw(st.sampled_from(some)), data.draw(said))
        for frame, order in enumerate(data.draw(st.lists(orders, max_size=12)))
    ]
    link = open_link(any_server.url)
    positions, source = Positions(link, append_alerts("alerts", 1_000_000, 0)), Source(KEY, "me")
    with Redis.from_url(any_server.url, protocol=2) as client:
        client.delete("alerts", KEY)
        positions.open([source])
        origins = [
            Origin(0, "desk", (100).__add__),
            Origin(5, "stream:orders", lambda place: b"%d-0" % place),
        ]
        pending = SourceCommit(source, [CommitChunk(positions.arguments_of(origins, alerts), "1")])
        positions.commit([pending])
        entries = client.xrange("alerts")
    link.close()

    assert pending.outcome is Outcome.COMMITTED, pending.error
    assert [list(values.items()) for _, values in entries] == [
        [(name.encode(), value) for name, value in fields(alert, *named(alert.frame))] for alert in alerts
    ]


@pytest.mark.parametrize(("left", "taken"), [(0, 0), (2, 0), (3, 3), (700_000, 3)])
def test_a_stream_without_enough_ids_takes_nothing(
    any_client: Redis, any_url: str, left: int, taken: int
) -> None:
    """Three alerts and room for two: none is added and the position stays; with room for three all are."""
    largest = 2**64 - 1
    any_client.xadd("alerts", {"a": "b"}, id=f"{largest}-{largest - left}")
    link = open_link(any_url)
    positions, source = Positions(link, append_alerts("alerts", 1_000_000, 0)), Source(KEY, "me")
    positions.open([source])
    order = Order(1, b"7", b"order1", b"NONE", 1.0, 2.0, b"now")
    alerts = [RaisedAlert(frame, order, Finding(None, None, b"", None, b"no_quote", 1)) for frame in range(3)]
    pending = SourceCommit(
        source, [CommitChunk(positions.arguments_of([Origin(0, "desk", int)], alerts), "9")]
    )
    positions.commit([pending])
    link.close()

    assert any_client.xlen("alerts") == 1 + taken
    assert any_client.hget(KEY, "position") == (b"9" if taken else b"0")
    assert pending.outcome is (Outcome.COMMITTED if taken else Outcome.REFUSED)
    assert taken or "no IDs left" in pending.error or "last possible" in pending.error
