"""Which alerts `GET /alerts` and `/stream/alerts` give when they are asked for some alone."""

from datetime import UTC, datetime

import httpx
import pytest
from redis import Redis

from shared.market import keys
from tests.support.event_source import EventSource
from tests.support.market_state import alert_fields, put_alerts
from tests.support.processes import Process

MADE = {
    "a": {"symbol": "A", "account": "7", "side": "buy", "reason": "spread"},
    "b": {"symbol": "A", "account": "desk 7", "side": "sell_short", "reason": "spread,stale_quote",
          "limits": "7:us/open:retail"},
    "c": {"symbol": "B", "account": "", "side": "sell", "reason": "no_quote", "price": "", "quantity": ""},
    "d": {"symbol": "B", "account": "7", "side": "sell_short_exempt", "reason": "spread_ratio",
          "source": "desk-a", "limits": "8:fx+override"},
}  # fmt: skip


@pytest.fixture
def made(redis_client: Redis) -> None:
    """Four alerts, which their order IDs tell apart."""
    for order_id, fields in MADE.items():
        put_alerts(redis_client, 1, **{"order_id": order_id, **fields})


def found(http: httpx.Client, query: str) -> str:
    """The order IDs of a page, oldest first."""
    answer = http.get(f"/alerts?{query}")
    assert answer.status_code == 200, answer.text
    return "".join(alert["order_id"] for alert in reversed(answer.json()["alerts"]))


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", "abcd"),
        ("symbol=A", "ab"),
        ("symbol=A&symbol=B", "abcd"),
        ("account=7", "ad"),
        ("account=desk%207", "b"),
        ("account=", "c"),
        ("reason=spread", "ab"),
        ("reason=stale_quote&reason=no_quote", "bc"),
        ("side=sell_short&side=sell_short_exempt", "bd"),
        ("order_id=a&order_id=d&order_id=x", "ad"),
        ("source=desk-a", "d"),
        ("source=", "abc"),
        ("class=us&class=fx", "bd"),
        ("class=", "ac"),
        ("class=open", ""),
        ("symbol=A&symbol=B&account=7&side=buy", "a"),
        ("symbol=A&account=desk%207&side=buy", ""),
    ],
)
def test_filters(http: httpx.Client, made: None, query: str, ids: str) -> None:
    """Values of one name are alternatives, names all have to fit, and everything is exact."""
    del made
    assert found(http, query) == ids


def test_absent_fields_are_null(http: httpx.Client, made: None) -> None:
    """A market order has neither price nor quantity here; an account is text, or null where there is none."""
    del made
    alerts = {alert["order_id"]: alert for alert in http.get("/alerts").json()["alerts"]}

    assert (alerts["c"]["price"], alerts["c"]["quantity"], alerts["c"]["account"]) == (None, None, None)
    assert (alerts["a"]["account"], alerts["b"]["account"]) == ("7", "desk 7")
    assert (alerts["a"]["source"], alerts["d"]["source"]) == (None, "desk-a")
    assert alerts["d"]["side"] == "sell_short_exempt"


def iso(milliseconds: float) -> str:
    """A time of a test, UTC without a zone."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat().removesuffix("+00:00")


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (f"since={iso(1_700_000_002_000)}", "cd"),
        (f"until={iso(1_700_000_002_000)}", "ab"),
        (f"since={iso(1_700_000_001_000)}Z&until={iso(1_700_000_003_000)}Z", "bc"),
        ("since=1700000002000000", "cd"),
        (
            "since=1700000002000001",
            "d",
        ),  # the ID says that c came at 000
        ("until=1700000002000001", "abc"),
        (f"since={iso(1_700_000_002_000 + 3_600_000)}%2B01:00", "cd"),
        (f"until={iso(1_700_000_002_000)}&before=1700000001000-0", "a"),
        (f"until={iso(1_700_000_001_000)}&before=1700000003000-0", "a"),
        (f"since={iso(1_700_000_003_500)}", ""),
        ("since=0&until=0", ""),
    ],
)
def test_since_and_until(http: httpx.Client, redis_client: Redis, query: str, ids: str) -> None:
    """`since` is inclusive, `until` exclusive, by the time in the entry's ID; both go with the cursors."""
    for place, order_id in enumerate("abcd"):
        redis_client.xadd(
            keys.ALERTS, alert_fields(order_id=order_id), id=f"{1_700_000_000_000 + place * 1000}-0"
        )

    assert found(http, query) == ids


def test_since_in_pages(http: httpx.Client, redis_client: Redis) -> None:
    """A day's alerts come page by page in both directions, and end where the day begins."""
    for number in range(30):
        redis_client.xadd(keys.ALERTS, alert_fields(), id=f"{1000 + number}-0")
    bounds: dict[str, str | int] = {"since": 1_010_000, "until": 1_020_000, "limit": 3}
    for direction, start in (("before", {}), ("after", {"after": "0"})):
        ids: list[str] = []
        query = {**bounds, **start}
        while True:
            page = http.get("/alerts", params=query).json()
            ids += [alert["id"] for alert in page["alerts"]]
            if page["next"] is None:
                break
            query = {**bounds, direction: page["next"]}
        assert sorted(ids) == [f"{1000 + number}-0" for number in range(10, 20)]


def test_one_alert(http: httpx.Client, redis_client: Redis) -> None:
    """An alert by its ID is what the list has."""
    (first, _) = put_alerts(redis_client, 2)

    assert http.get(f"/alerts/{first}").json() == http.get("/alerts?after=0").json()["alerts"][0]


def test_an_alert_that_is_not_there(http: httpx.Client, redis_client: Redis) -> None:
    """A 404 says whether the alert may have been trimmed, or never was there."""
    assert http.get("/alerts/5-0").json()["trimmed"] is False
    ids = put_alerts(redis_client, 5)
    redis_client.xadd(keys.ALERTS, {"note": "no alert"})
    never = (f"{ids[0].partition('-')[0]}-99999", "1-0", "99999999999999-0")
    for each in never:
        answer = http.get(f"/alerts/{each}")
        assert (answer.status_code, answer.json()["trimmed"]) == (404, False)
        assert answer.json()["detail"] == f"there never was an alert {each}"

    redis_client.xtrim(keys.ALERTS, maxlen=3, approximate=False)

    gone = http.get(f"/alerts/{ids[0]}")
    assert (gone.status_code, gone.json()["trimmed"]) == (404, True)
    assert gone.headers["content-type"] == "application/problem+json"
    assert gone.json()["detail"] == (
        f"the alert {ids[0]} is not there any more: the stream was trimmed since"
    )
    assert http.get(f"/alerts/{ids[4]}").status_code == 200
    assert http.get(f"/alerts/{never[2]}").json()["trimmed"] is False
    redis_client.xtrim(keys.ALERTS, maxlen=0, approximate=False)
    assert http.get(f"/alerts/{ids[4]}").json()["trimmed"] is True


@pytest.mark.parametrize("alert_id", ["5", "x", "5-", "-5", "5-x", "5-0-0", f"{2**64}-0", "9" * 5000])
def test_what_is_no_id(http: httpx.Client, alert_id: str) -> None:
    """An ID has two numbers; anything else is a 422 that does not repeat it at length."""
    answer = http.get(f"/alerts/{alert_id}")

    assert answer.status_code == 422
    assert len(answer.content) < 500


def test_filtered_streams(api_process: Process, redis_client: Redis, made: None) -> None:
    """A stream takes the same filters, for history and for what comes, each client its own."""
    del made
    address = api_process.address()
    with (
        EventSource(address, "/stream/alerts?symbol=A&symbol=C&after=0") as some,
        EventSource(address, "/stream/alerts?reason=stale_quote&side=sell_short&source=&class=") as others,
        EventSource(address, "/stream/alerts") as everything,
    ):
        assert [some.until("alert").data["order_id"] for _ in range(2)] == ["a", "b"]
        for stream in (others, everything):
            stream._until(b"id: ")
            stream._until(b"\n\n")
        for number, symbol in enumerate("BCA"):
            put_alerts(
                redis_client, 1, order_id=f"{symbol}{number}", symbol=symbol, side="sell_short",
                reason="spread,stale_quote" if symbol == "B" else "spread",
            )  # fmt: skip
        assert [some.until("alert").data["order_id"] for _ in range(2)] == ["C1", "A2"]
        assert others.until("alert").data["order_id"] == "B0"
        assert [everything.until("alert").data["order_id"] for _ in range(3)] == ["B0", "C1", "A2"]


@pytest.mark.parametrize("query", ["side=hold", "symbol=", "reason=", "account=%C3%A9"])
def test_bad_filters_of_a_stream(http: httpx.Client, query: str) -> None:
    """A filter that can fit nothing is a 422 and no stream."""
    assert http.get(f"/stream/alerts?{query}").status_code == 422


def test_csv_page_by_page(http: httpx.Client, redis_client: Redis) -> None:
    """Each page has the header, and names the next one in `Link`, in the direction that was asked for."""
    ids = put_alerts(redis_client, 5, symbol="A B")
    put_alerts(redis_client, 1)
    for query, order in (("after=0", ids), ("", ids[::-1])):
        url, found = f"/alerts?symbol=A%20B&limit=2&format=csv&{query}", []
        for _ in range(3):
            answer = http.get(url)
            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            header, *rows = answer.text.splitlines()
            assert header.startswith("id,order_id,account,side,symbol,")
            found += [row.partition(",")[0] for row in rows]
            url = str(answer.url.join(answer.links["next"]["url"])) if answer.links else ""
        assert (found, url) == (order, "")


def test_a_format_that_is_none(http: httpx.Client) -> None:
    """It is refused, and the known ones are named."""
    answer = http.get("/alerts?format=xml")

    assert answer.status_code == 422
    assert "'json' or 'csv'" in answer.text
