"""An alert as programs read it: from the fields of a stream entry."""

import dataclasses
import json

import pytest

import market_spread
from market_spread.alert import FIELDS, FIX_FIELDS
from services.orders.alerts import published
from services.orders.alerts.published import to_json
from shared.wire.fix.orders import FixDetails

ENTRY = {
    "order_id": "Zr6vXo", "account": "4217", "side": "buy", "symbol": "BTU", "quantity": "100.0",
    "price": "10.05", "transact_time": "20151221-14:30:00.120", "bid": "10.0", "offer": "10.05",
    "quote_time": "20151221-14:29:59.980", "reason": "spread,stale_quote", "checked_at": "1450708200123456",
    "quote_at": "1450708199981222", "source": "desk-a", "sequence": "41",
}  # fmt: skip
ALERT = market_spread.Alert(
    id="5-0",
    order_id="Zr6vXo",
    account="4217",
    side="buy",
    symbol="BTU",
    quantity=100.0,
    price=10.05,
    transact_time="20151221-14:30:00.120",
    bid=10.0,
    offer=10.05,
    quote_time="20151221-14:29:59.980",
    reason=["spread", "stale_quote"],
    checked_at=1450708200123456,
    quote_at=1450708199981222,
    source="desk-a",
    sequence="41",
)


def test_an_entry() -> None:
    """Bytes and texts make the same alert, and a field of a later version is ignored."""
    as_bytes = {name.encode(): value.encode() for name, value in ENTRY.items()}
    assert market_spread.Alert.of("5-0", ENTRY) == ALERT
    assert market_spread.Alert.of(b"5-0", {**as_bytes, b"seen_by": b"nobody"}) == ALERT


def test_what_published_limits_say() -> None:
    """Limits, what is broken, a state and a severity; two sides and a normal one are not written."""
    written = {"limits": "7:options/open", "broken": "spread>=0.1:0.2;off_tick"}
    found = market_spread.Alert.of("5-0", {**ENTRY, **written})
    assert (found.limits, found.broken) == ("7:options/open", ["spread>=0.1:0.2", "off_tick"])
    assert (found.state, found.severity) == ("two_sided", "normal")
    other = market_spread.Alert.of("5-0", {**ENTRY, **written, "state": "crossed", "severity": "high"})
    assert (other.state, other.severity) == ("crossed", "high")
    assert (ALERT.limits, ALERT.broken, ALERT.state, ALERT.severity) == (None, [], None, "normal")


def test_what_fix_says() -> None:
    """Texts and numbers by the codec's names; nothing where the message has none, or it was no message."""
    empty = dict.fromkeys(FIX_FIELDS, "")
    written = {**empty, "msg_type": "G", "orig_order_id": "A-1", "stop_price": "9.5", "poss_resend": "Y"}
    found = market_spread.Alert.of("5-0", {**ENTRY, **written})
    assert (found.msg_type, found.orig_order_id, found.stop_price) == ("G", "A-1", 9.5)
    assert (found.poss_resend, found.cash_quantity, found.venue) == ("Y", None, None)
    assert {getattr(ALERT, name) for name in FIX_FIELDS} == {None}
    assert FixDetails._fields == FIX_FIELDS


@pytest.mark.parametrize(
    ("limits", "parts"),
    [
        ("7:options", (7, "options", None, None)),
        ("12:us-equity/open:retail+override", (12, "us-equity", "open", "retail")),
        ("3:all:p+override", (3, "all", None, "p")),
        ("3:all+override", (3, "all", None, None)),
        ("somebody else's", (None, None, None, None)),
    ],
)
def test_json_gives_the_parts_of_the_limits(limits: str, parts: tuple[object, ...]) -> None:
    """Version, class, window and profile apart; what nobody of ours writes has none."""
    found = json.loads(to_json(market_spread.Alert.of("5-0", {**ENTRY, "limits": limits})))
    assert tuple(found[name] for name in ("limits_version", "class", "window", "profile")) == parts


def test_what_is_absent_is_none() -> None:
    """Empty and missing fields alike."""
    empty = ("account", "quantity", "price", "transact_time", "bid", "offer", "quote_time")
    missing = ("quote_at", "source", "sequence")
    entry = {name: "" if name in empty else value for name, value in ENTRY.items() if name not in missing}
    absent = dict.fromkeys((*empty, *missing))
    found = market_spread.Alert.of("5-0", entry)
    assert dataclasses.asdict(found) == {**dataclasses.asdict(ALERT), **absent}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"side": "long"}, "side: 'long' is none of buy, sell"),
        ({"price": "ten"}, "price: 'ten' is no number"),
        ({"bid": "nan"}, "bid: 'nan' is not finite"),
        ({"checked_at": "-1"}, "checked_at: '-1' is not a time"),
        ({"checked_at": "253402300800000000"}, "checked_at: .* is not a time"),
        ({"quote_at": "soon"}, "quote_at: 'soon' is not a time"),
    ],
)
def test_what_is_no_alert(change: dict[str, str], error: str) -> None:
    """The error names the field and what is in it."""
    with pytest.raises(ValueError, match=error):
        market_spread.Alert.of("5-0", {**ENTRY, **change})


@pytest.mark.parametrize("name", ["order_id", "side", "symbol", "reason", "checked_at"])
def test_what_an_alert_must_have(name: str) -> None:
    """An entry without it is none, and the error names it."""
    with pytest.raises(ValueError, match=f"^{name}: "):
        market_spread.Alert.of("5-0", {key: value for key, value in ENTRY.items() if key != name})


def test_the_fields_that_are_written_are_read() -> None:
    """Every field of the stream is one of the alert's."""
    assert set(FIELDS) <= {each.name for each in dataclasses.fields(market_spread.Alert)}


def test_json_of_either() -> None:
    """A program's alert and the API's have the same JSON, in which the time is also text."""
    of_api = published.Alert.of("5-0", ENTRY)
    assert to_json(ALERT) == to_json(of_api)
    assert json.loads(to_json(ALERT)) == {
        **dataclasses.asdict(ALERT),
        "checked_at_iso": "2015-12-21T14:30:00.123456Z",
        "quote_at_iso": "2015-12-21T14:29:59.981222Z",
        **dict.fromkeys(("limits_version", "class", "window", "profile")),
    }
