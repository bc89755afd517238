"""Orders as desks have them, and quotes of one side: from a stream to all that shows alerts, unchanged."""

import asyncio
import json
from contextlib import aclosing
from dataclasses import asdict
from typing import Any, Final

import httpx
import pytest
from redis import Redis

from market_spread import Alert, Order, Quote, subscribe
from tests.support import commands
from tests.support.event_source import EventSource
from tests.support.market import entries_after, quote_of
from tests.support.order_streams import checker
from tests.support.processes import Process, Processes, wait_until
from tests.support.quote_streams import ingestor

UUID: Final = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
OPTION: Final = "AAPL  251219C00200000"
LONGEST: Final = "LONGEST " * 7 + "SYMBOLS."

ORDERS: Final[list[dict[str, Any]]] = [
    {
        "side": "sell_short", "symbol": OPTION, "order_id": UUID, "account": "DESK-7/ALGO 2",
        "quantity": 3.0, "price": None, "transact_time": "2026-01-05T14:30:00.123456789+01:00",
    },
    {
        "side": "sell_short_exempt", "symbol": LONGEST, "order_id": "=" * 64, "account": "~" * 64,
        "quantity": None, "price": -0.01, "transact_time": "",
    },
    {
        "side": "buy", "symbol": "BID", "order_id": "", "account": "", "quantity": None, "price": None,
        "transact_time": "",
    },
    {
        "side": "sell", "symbol": "OFFER ONLY", "order_id": "a b", "account": "4294967296",
        "quantity": 100.0, "price": 10.05, "transact_time": "soon",
    },
]  # fmt: skip
"""What no frame holds: long IDs, accounts in text, short sales, market orders, options, hardly anything."""

QUOTES: Final = [
    Quote.of(symbol="BID", bid=10.0, offer=None, transact_time="then"),
    Quote.of(symbol="OFFER ONLY", bid=None, offer=10.05, transact_time=""),
]


@pytest.fixture
def alerts(redis_url: str, redis_client: Redis, processes: Processes) -> list[dict[str, Any]]:
    """Quotes of one side are in Redis, and all orders have come by a stream; what they are as alerts."""
    apply_quotes(redis_url, redis_client, processes)
    for each in ORDERS:
        redis_client.xadd("orders", Order.of(**each).entry())
    checker(processes, redis_url, "orders")
    wait_until(lambda: redis_client.xlen("alerts") == len(ORDERS), "every order alerts")
    prices = {"BID": (10.0, None), "OFFER ONLY": (None, 10.05)}
    times = {"BID": "then"}
    return [
        {name: None if name != "order_id" and value == "" else value for name, value in each.items()}
        | dict(zip(("bid", "offer"), prices.get(each["symbol"], (None, None)), strict=True))
        | {"quote_time": times.get(each["symbol"]), "reason": ["no_quote"], "source": "stream:orders"}
        for each in ORDERS
    ]


def apply_quotes(redis_url: str, client: Redis, processes: Processes) -> Process:
    """Let an ingestor take the quotes from a stream."""
    for each in QUOTES:
        client.xadd("quotes", each.entry())
    process = ingestor(processes, redis_url, "quotes")
    wait_until(lambda: client.exists("symbol:BID", "symbol:OFFER ONLY") == 2, "both quotes are written")
    return process


def common(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Of what was found, the fields that a test knows."""
    return {name: found[name] for name in expected}


def test_the_stream_of_alerts_has_them_unchanged(redis_client: Redis, alerts: list[dict[str, Any]]) -> None:
    """Each field as it was sent, absent ones empty."""
    for entry, expected in zip(entries_after(redis_client), alerts, strict=True):
        texts = {name: "" if value is None else str(value) for name, value in expected.items()}
        assert common(entry, expected) == texts | {"reason": "no_quote"}


def test_the_client_has_them_unchanged(redis_url: str, alerts: list[dict[str, Any]]) -> None:
    """A program that subscribes gets what the desk sent."""

    async def take() -> list[Alert]:
        async with asyncio.timeout(15), aclosing(subscribe(redis_url, after="0")) as found:
            return [await anext(found) for _ in alerts]

    found = [asdict(each) for each in asyncio.run(take())]
    assert [common(each, expected) for each, expected in zip(found, alerts, strict=True)] == alerts


@pytest.mark.slow
def test_http_has_them_unchanged(
    redis_url: str, redis_client: Redis, processes: Processes, alerts: list[dict[str, Any]]
) -> None:
    """Pages, single alerts, both streams and all filters."""
    host, port = address = processes.api(redis_url).address()
    ids = [entry[0].decode() for entry in redis_client.xrange("alerts")]  # type: ignore[union-attr]
    with httpx.Client(base_url=f"http://{host}:{port}", timeout=5) as http:
        page = http.get("/alerts", params={"after": "0"}).json()["alerts"]
        assert [common(each, expected) for each, expected in zip(page, alerts, strict=True)] == alerts
        assert [http.get(f"/alerts/{each}").json() for each in ids] == page
        for name in ("side", "account", "order_id", "symbol"):
            for each, sent in zip(page, ORDERS, strict=True):
                found = http.get("/alerts", params={name: sent[name]}).json()["alerts"]
                assert found == [each], name
    with EventSource(address, "/stream/alerts?after=0&side=sell_short_exempt&account=" + "~" * 64) as stream:
        assert stream.until("alert").data == page[1]
    with EventSource(address, "/stream/live?after=0") as stream:
        assert [stream.until("alert").data for _ in alerts] == page


@pytest.mark.slow
def test_the_command_prints_them_unchanged(
    redis_url: str, processes: Processes, alerts: list[dict[str, Any]]
) -> None:
    """One JSON object a line."""
    ended = commands.run(processes, "alerts", "--json", "--from", "0", "--redis", redis_url)
    printed = [json.loads(line) for line in ended.output.splitlines()]

    assert ended.code == 0
    assert [common(each, expected) for each, expected in zip(printed, alerts, strict=True)] == alerts


def test_a_quote_of_one_side_over_http(redis_url: str, redis_client: Redis, processes: Processes) -> None:
    """What the ingestor writes, and a hash that somebody else has written with one field less."""
    apply_quotes(redis_url, redis_client, processes)
    found = quote_of(redis_client, "OFFER ONLY")
    assert {name: found[name] for name in ("bid", "offer", "risky", "reason", "transact_time", "state")} == {
        "bid": "", "offer": "10.05", "risky": "1", "reason": "no_quote", "transact_time": "",
        "state": "one_sided",
    }  # fmt: skip
    others: dict[Any, Any] = {
        "offer": 7, "risky": 0, "reason": "", "transact_time": "", "updated_at": 1_000_000,
    }  # fmt: skip
    redis_client.hset("symbol:OTHER", mapping=others)
    redis_client.sadd("symbols", "OTHER")
    host, port = processes.api(redis_url).address()
    with httpx.Client(base_url=f"http://{host}:{port}", timeout=5) as http:
        states = http.get("/symbols").json()["symbols"]
        assert http.get("/symbols/OFFER ONLY").json() | {"age_ms": 0} == states[1] | {"age_ms": 0}

    assert [[each[name] for name in ("symbol", "bid", "offer", "mid", "spread")] for each in states] == [
        ["BID", 10.0, None, None, None],
        ["OFFER ONLY", None, 10.05, None, None],
        ["OTHER", None, 7, None, None],
    ]
    assert [(each["risky"], each["reason"]) for each in states[:2]] == [(True, ["no_quote"])] * 2


def test_a_hash_of_others_with_one_side_alerts(
    redis_url: str, redis_client: Redis, processes: Processes
) -> None:
    """Whatever its flags say, an order on it has no quote to be compared with, and the alert has the side."""
    others: dict[Any, Any] = {"bid": 7, "risky": 0, "reason": "", "transact_time": "t", "updated_at": 1}
    redis_client.hset("symbol:OTHER", mapping=others)
    redis_client.xadd("orders", Order.of(side="sell_short", symbol="OTHER").entry())
    checker(processes, redis_url, "orders")
    wait_until(lambda: redis_client.xlen("alerts") == 1, "the order alerts")

    (alert,) = entries_after(redis_client)
    assert [alert[name] for name in ("bid", "offer", "quote_time", "reason", "quote_at")] == [
        "7.0", "", "t", "no_quote", "1",
    ]  # fmt: skip


@pytest.mark.slow
def test_quotes_of_one_side_survive_a_restart_of_the_ingestor(
    redis_url: str, redis_client: Redis, processes: Processes
) -> None:
    """Another run takes them over, and writes them again where Redis has lost them."""
    apply_quotes(redis_url, redis_client, processes).kill()
    before = {name: quote_of(redis_client, name) for name in ("BID", "OFFER ONLY")}
    ingestor(processes, redis_url, "quotes")
    redis_client.flushall()

    wait_until(lambda: redis_client.exists("symbol:BID", "symbol:OFFER ONLY") == 2, "both are back")
    assert {name: quote_of(redis_client, name) for name in before} == before
