"""`GET /alerts`, through a real process."""

from typing import Any

import httpx
import pytest
from redis import Redis

from services.orders.alerts.published import AlertPage
from shared.market import keys
from tests.support.market_state import alert_fields, put_alerts


def add(redis: Redis, **changes: str | int) -> str:
    """Write an alert; its ID."""
    (entry_id,) = put_alerts(redis, 1, **{"account": 4217, **changes})
    return entry_id


def get(http: httpx.Client, **query: Any) -> AlertPage:
    """A page, valid as the OpenAPI document has it."""
    answer = http.get("/alerts", params=query)
    assert answer.status_code == 200, answer.text
    return AlertPage.model_validate_json(answer.content, strict=True)


def follow(http: httpx.Client, direction: str, **query: Any) -> list[str]:
    """The IDs of all pages."""
    found: list[str] = []
    page = get(http, **query)
    while True:
        found += [each.id for each in page.alerts]
        if page.next is None:
            return found
        page = get(http, **{**query, direction: page.next})


def test_an_alert(http: httpx.Client, redis_client: Redis) -> None:
    """An alert has numbers as numbers, its reasons as a list, and null for what is missing."""
    with_quote = add(redis_client, reason="spread,stale_quote")
    nothing = {"bid": "", "offer": "", "quote_time": "", "reason": "no_quote", "order_id": ""}
    without = add(redis_client, **nothing, side="sell", quantity="-3.5")

    newer, older = http.get("/alerts").json()["alerts"]

    assert older == {
        "id": with_quote,
        "order_id": "Zr6vXo",
        "account": "4217",
        "side": "buy",
        "symbol": "BTU",
        "quantity": 100.0,
        "price": 10.05,
        "transact_time": "20151221-14:30:00.120",
        "bid": 10.0,
        "offer": 10.05,
        "quote_time": "20151221-14:29:59.980",
        "reason": ["spread", "stale_quote"],
        "checked_at": 1450708200123456,
        "checked_at_iso": "2015-12-21T14:30:00.123456Z",
        "quote_at": 1450708199987654,
        "quote_at_iso": "2015-12-21T14:29:59.987654Z",
        "source": None,
        "sequence": "4711",
        "limits": None,
        "limits_version": None,
        "class": None,
        "window": None,
        "profile": None,
        "broken": [],
        "state": None,
        "severity": "normal",
        **dict.fromkeys(keys.FIX_FIELDS),
    }
    assert newer["id"] == without
    assert (newer["bid"], newer["offer"], newer["quote_time"]) == (None, None, None)
    assert (newer["reason"], newer["order_id"], newer["quantity"]) == (["no_quote"], "", -3.5)


def test_both_directions(http: httpx.Client, redis_client: Redis) -> None:
    """Newest first by default, oldest first after an ID; `next` goes on until all were seen once."""
    ids = put_alerts(redis_client, 95)

    assert follow(http, "before", limit=10) == ids[::-1]
    assert follow(http, "after", limit=10, after="0") == ids
    assert follow(http, "before", limit=95) == ids[::-1]
    assert get(http, limit=95).next is None
    assert len(get(http).alerts) == 95


def test_interval_is_open(http: httpx.Client, redis_client: Redis) -> None:
    """With both `after` and `before` come the alerts between the two, oldest first, without the two."""
    ids = put_alerts(redis_client, 50)

    assert follow(http, "after", limit=7, after=ids[9], before=ids[40]) == ids[10:40]
    assert get(http, after=ids[9], before=ids[10]).alerts == []
    assert get(http, after=ids[40], before=ids[9]).alerts == []


def test_ends_of_the_range(http: httpx.Client, redis_client: Redis) -> None:
    """The smallest and the largest ID are valid cursors; one without a number is its millisecond's start."""
    redis_client.xadd(keys.ALERTS, alert_fields(), id="5-0")
    redis_client.xadd(keys.ALERTS, alert_fields(), id="5-1")
    largest = f"{2**64 - 1}-{2**64 - 1}"

    assert get(http, before="0-0").alerts == get(http, after=largest).alerts == []
    assert [each.id for each in get(http, after="5").alerts] == ["5-1"]
    assert get(http, before="5").alerts == []
    assert get(http, after="0", before="0-0").alerts == []


def test_what_arrives_meanwhile_does_not_shift_pages(http: httpx.Client, redis_client: Redis) -> None:
    """Going back through history is not disturbed by new alerts, and `after` picks those up."""
    ids = put_alerts(redis_client, 20)
    first = get(http, limit=10)

    newer = put_alerts(redis_client, 5)
    second = get(http, limit=10, before=first.next)

    assert [each.id for each in (*first.alerts, *second.alerts)] == ids[::-1]
    assert follow(http, "after", after=ids[-1]) == newer


def test_filters(http: httpx.Client, redis_client: Redis) -> None:
    """`symbol` and `account` keep what matches both, in either direction."""
    ids = put_alerts(redis_client, 60, symbol="AA")
    other = put_alerts(redis_client, 60, symbol="A")

    assert follow(http, "before", symbol="A", limit=7) == other[::-1]
    assert follow(http, "after", symbol="AA", after="0", limit=7) == ids
    assert follow(http, "before", account=3) == [other[3], ids[3]]
    assert follow(http, "before", account=3, symbol="A") == [other[3]]
    assert follow(http, "before", symbol="a") == []


def test_filtered_request_looks_at_10000(http: httpx.Client, redis_client: Redis) -> None:
    """A page of a rare symbol may be empty and still has a `next` that leads on; and no more."""
    rare = put_alerts(redis_client, 1, symbol="RARE")
    ids = put_alerts(redis_client, 20_500)

    first = get(http, symbol="RARE")
    second = get(http, symbol="RARE", before=first.next)
    third = get(http, symbol="RARE", before=second.next)

    assert (first.alerts, first.next) == ([], ids[-10_000])
    assert (second.alerts, second.next) == ([], ids[-20_000])
    assert ([each.id for each in third.alerts], third.next) == (rare, None)


def test_foreign_entries(http: httpx.Client, redis_client: Redis) -> None:
    """What somebody else wrote into the stream is left out, and pages lead past it."""
    ids = put_alerts(redis_client, 2)
    for number in range(5):
        redis_client.xadd(keys.ALERTS, {"note": number})
    ids += put_alerts(redis_client, 2)

    assert follow(http, "before", limit=1) == ids[::-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "1001"),
        ("after", "x"),
        ("after", "1-"),
        ("after", "-1"),
        ("before", f"{2**64}"),
        ("before", f"1-{2**64}"),
        ("before", "\u0661"),
        ("after", "9" * 5000),
        ("side", "hold"),
        ("symbol", ""),
        ("symbol", "x" * 65),
        ("account", "x" * 65),
        ("reason", "\u00e9"),
        ("since", "yesterday"),
        ("since", "2026-11-31"),
        ("until", "-1"),
        ("until", "9" * 5000),
        ("until", "1969-12-31"),
    ],
)
def test_bad_parameters(http: httpx.Client, name: str, value: str) -> None:
    """A bad parameter is a 422 that names it."""
    answer = http.get("/alerts", params={name: value})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"][:2] == ["query", name]
    assert len(answer.content) < 1000
