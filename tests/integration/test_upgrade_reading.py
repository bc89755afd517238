"""What one version has written into Redis is read by the other."""

import asyncio
import json
from typing import Any, Final

import httpx
import pytest
from redis import Redis

from services.orders.subscriber import Alert, subscribe
from tests.support import commands, frames
from tests.support.market import Market, entries_after, quote_of
from tests.support.processes import Process, Processes
from tests.support.raw_sender import send_all
from tests.support.servers import one_server

pytestmark = [one_server, pytest.mark.slow]

QUOTE: Final = {"symbol": "BTU", "bid": 10.0, "offer": 11.0, "risky": True}
ALERTS: Final[list[dict[str, Any]]] = [
    {
        "order_id": "first", "side": "sell", "symbol": "BTU", "quantity": 100.0, "price": 10.5,
        "transact_time": frames.TIME.decode(), "bid": 10.0, "offer": 11.0,
        "quote_time": frames.TIME.decode(), "reason": ["spread", "spread_ratio"],
    },
    {
        "order_id": "second", "side": "buy", "symbol": "NONE", "quantity": 100.0, "price": 10.0,
        "transact_time": frames.TIME.decode(), "bid": None, "offer": None, "quote_time": None,
        "reason": ["no_quote"],
    },
]  # fmt: skip
"""What both versions say of the alerts that `write` leaves."""


def write(processes: Processes, url: str) -> Market:
    """Let the services of a version write a quote and two alerts; they stay."""
    market = Market(processes, url)
    market.send_quotes(frames.quote(b" BTU", 10.0, 11.0))
    market.send_orders(
        frames.order(b" BTU", b" first", side=2, account=4217, price=10.5),
        frames.order(b"NONE", b"second", account=7),
    )
    return market


def reader_of(api: Process) -> httpx.Client:
    """A client of an API."""
    host, port = api.address()
    return httpx.Client(base_url=f"http://{host}:{port}", timeout=5)


def common(alert: dict[str, Any]) -> dict[str, Any]:
    """What both versions say of an alert."""
    return {name: alert[name] for name in ALERTS[0]}


@pytest.fixture
def written(before: Processes, redis_url: str, redis_client: Redis) -> list[str]:
    """The IDs of two alerts that the version before has written; its services run."""
    write(before, redis_url)
    entries: Any = redis_client.xrange("alerts")
    assert all(b"source" not in fields for _, fields in entries)
    return [entry_id.decode() for entry_id, _ in entries]


def test_the_api_reads_what_the_version_before_wrote(
    written: list[str], processes: Processes, redis_url: str
) -> None:
    """Symbols, alerts with filters, one alert, and services; what its alerts do not say is null."""
    with reader_of(processes.api(redis_url)) as http:
        alerts = http.get("/alerts", params={"after": "0-0"}).json()["alerts"]
        assert [common(alert) for alert in alerts] == ALERTS
        assert [alert["id"] for alert in alerts] == written
        assert [alert["account"] for alert in alerts] == ["4217", "7"]
        for absent in ("source", "sequence", "quote_at", "quote_at_iso"):
            assert [alert[absent] for alert in alerts] == [None, None]
        assert http.get(f"/alerts/{written[0]}").json() == alerts[0]
        assert http.get("/alerts", params={"account": "7"}).json()["alerts"] == alerts[1:]
        symbol = http.get("/symbols/BTU").json()
        assert {name: symbol[name] for name in QUOTE} == QUOTE
        roles = {service["role"] for service in http.get("/status").json()["services"]}
        assert roles == {"ingest", "check"}


def test_commands_and_subscribers_read_what_the_version_before_wrote(
    written: list[str], processes: Processes, redis_url: str
) -> None:
    """`market-spread alerts` prints its alerts, and a subscriber goes on behind one of them."""
    ended = commands.run(processes, "alerts", "--json", "--from", "0", "--redis", redis_url)
    assert [common(json.loads(line)) for line in ended.output.splitlines()] == ALERTS

    async def next_after(entry_id: str) -> Alert:
        alerts = subscribe(redis_url, after=entry_id)
        async with asyncio.timeout(15):
            alert = await anext(alerts)
        await alerts.aclose()
        return alert

    alert = asyncio.run(next_after(written[0]))
    assert (alert.id, alert.order_id, alert.account, alert.source) == (written[1], "second", "7", None)


def test_the_version_before_reads_what_this_one_writes(
    before: Processes, processes: Processes, redis_url: str, redis_client: Redis
) -> None:
    """Its API and its `market-spread alerts` leave out the fields that they do not know, and nothing else."""
    write(processes, redis_url)
    assert redis_client.xlen("alerts") == 2
    with reader_of(before.api(redis_url)) as http:
        alerts = http.get("/alerts", params={"after": "0-0"}).json()["alerts"]
        assert [common(alert) for alert in alerts] == ALERTS
        assert [alert["account"] for alert in alerts] == [4217, 7]
        symbol = http.get("/symbols/BTU").json()
        assert {name: symbol[name] for name in QUOTE} == QUOTE
        assert http.get("/status").status_code == 200
    ended = commands.run(before, "alerts", "--json", "--from", "0", "--redis", redis_url)
    assert [common(json.loads(line)) for line in ended.output.splitlines()] == ALERTS


def test_a_checker_of_before_reads_what_todays_ingestor_writes(
    before: Processes, processes: Processes, redis_url: str, redis_client: Redis
) -> None:
    """A quote with all that stands beside it, prices that were wiped out, and a status without a quote."""
    ingest = processes.ingest(redis_url).address()
    send_all(ingest, frames.quote(b" BTU", 10.0, 11.0), frames.quote(b"CALM", 10.0, 10.01))
    send_all(ingest, frames.quote(b"WIPE", 10.0, 10.01), frames.status(b"ONLY", 1), frames.status(b"CALM", 1))
    send_all(ingest, frames.status(b"WIPE", 6))
    checker = before.check(redis_url).address()
    send_all(checker, *(frames.order(name, name.rjust(6)) for name in (b" BTU", b"CALM", b"WIPE", b"ONLY")))

    assert [(each["symbol"], each["reason"]) for each in entries_after(redis_client)] == [
        ("BTU", "spread,spread_ratio"), ("WIPE", "no_quote"), ("ONLY", "no_quote"),
    ]  # fmt: skip


def test_ingestors_of_both_versions_follow_each_other(
    before: Processes, processes: Processes, redis_url: str, redis_client: Redis
) -> None:
    """The older one's quote is newer than what the newer one wrote, and the status is not lost."""
    first = processes.ingest(redis_url)
    send_all(first.address(), frames.quote(b" BTU", 10.0, 10.01), frames.status(b" BTU", 1))
    first.terminate()
    assert first.wait() == 0
    middle = before.ingest(redis_url)
    send_all(middle.address(), frames.quote(b" BTU", 12.0, 11.0))
    middle.terminate()
    assert middle.wait() == 0
    assert quote_of(redis_client, "BTU")["state"] == "two_sided"  # which it does not know

    last = processes.ingest(redis_url)
    assert quote_of(redis_client, "BTU")["bid"] == "12.0"
    send_all(last.address(), frames.quote(b" BTU", 13.0, 12.0))
    found = quote_of(redis_client, "BTU")
    assert (found["bid"], found["state"], found["status"]) == ("13.0", "crossed", "1")
    assert int(found["state_since"]) < int(found["written_at"])  # since the quote of before
