"""What clients send, and what they do not read, costs the API no more memory than it is meant to."""

import socket
import time
from contextlib import ExitStack

import httpx
import pytest
from redis import Redis

from shared.market import keys
from tests.integration.web.conftest import base_url
from tests.support.event_source import EventSource
from tests.support.market_state import put_alerts, put_symbol
from tests.support.memory import resident_kb
from tests.support.processes import Process, Processes

pytestmark = pytest.mark.slow

UNKNOWN = 3000
SILENT = 400
ALLOWED_KB = 80_000
"""For the budget of 16 MiB, and for 400 connections: some 100 kB each, tasks and buffers."""


def silent_client(api: Process, path: str) -> socket.socket:
    """A client that asks and then never reads."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(10)
    sock.connect(api.address())
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: api\r\n\r\n".encode())
    return sock


def grown_kb(api: Process, before_kb: int, within_s: float) -> int:
    """How much the process has grown at most, looked at for so long."""
    deadline, most = time.monotonic() + within_s, 0
    while time.monotonic() < deadline:
        most = max(most, resident_kb(api.pid) - before_kb)
        time.sleep(0.05)
    return most


@pytest.mark.parametrize("length", [60_000, 64])
def test_unknown_symbols(processes: Processes, redis_url: str, length: int) -> None:
    """Thousands of symbols that there are not, short or very long, leave nothing behind."""
    api = processes.api(redis_url)
    with httpx.Client(base_url=base_url(api), timeout=10) as http:
        for number in range(100):
            http.get(f"/symbols/{number:0{length}}")
        before_kb = resident_kb(api.pid)
        for number in range(UNKNOWN):
            assert http.get(f"/symbols/{number:0{length}}").status_code == 404
        assert resident_kb(api.pid) - before_kb < 10_000


def test_unknown_symbols_as_a_filter(processes: Processes, redis_url: str) -> None:
    """Nor do those that a filter or a cursor names."""
    api = processes.api(redis_url)
    with httpx.Client(base_url=base_url(api), timeout=10) as http:
        before_kb = 0
        for number in range(1000):
            if number == 100:
                before_kb = resident_kb(api.pid)
            query = "&".join(f"symbol=S{number:05}{place:05}{'x' * 50}" for place in range(40))
            assert http.get(f"/symbols?{query}&after=S").status_code == 200
            assert http.get(f"/symbols?after={'x' * 60_000}").status_code == 422
        assert resident_kb(api.pid) - before_kb < 10_000


def test_history_that_nobody_reads(processes: Processes, redis_url: str, redis_client: Redis) -> None:
    """400 clients that ask for history and do not read: memory stays bounded, and readers get everything."""
    ids = put_alerts(redis_client, 20_000)
    api = processes.api(redis_url)
    with EventSource(api.address(), "/stream/alerts") as live, ExitStack() as stack:
        live._until(b"\n\n")
        before_kb = resident_kb(api.pid)
        for _ in range(SILENT):
            stack.enter_context(silent_client(api, "/stream/alerts?after=0"))
        grown = grown_kb(api, before_kb, 5.0)
        new = put_alerts(redis_client, 100)
        began = time.monotonic()
        assert [live.until("alert").data["id"] for _ in new] == new
        assert time.monotonic() - began < 2.0
        with EventSource(api.address(), "/stream/alerts?after=0", timeout_s=60.0) as history:
            events = history.events()
            assert [next(events).data["id"] for _ in range(len(ids))] == ids
        grown = max(grown, grown_kb(api, before_kb, 1.0))
    assert grown < ALLOWED_KB


def test_pages_and_snapshots_that_nobody_reads(
    processes: Processes, redis_url: str, redis_client: Redis
) -> None:
    """The same for pages of symbols, and for snapshots that differ, for quotes keep coming."""
    with redis_client.pipeline(transaction=False) as pipe:
        for number in range(4000):
            put_symbol(pipe, f"S{number:04}")
        pipe.execute()
    api = processes.api(redis_url)
    with httpx.Client(base_url=base_url(api), timeout=20) as http, ExitStack() as stack:
        assert len(http.get("/symbols?limit=10000").json()["symbols"]) == 4000
        before_kb = resident_kb(api.pid)
        for number in range(100):
            put_symbol(redis_client, "S0000", bid=number / 100)
            stack.enter_context(silent_client(api, "/symbols?limit=10000"))
            stack.enter_context(silent_client(api, "/stream/symbols"))
        grown = grown_kb(api, before_kb, 5.0)
        assert http.get("/symbols?limit=10000").status_code == 200
        with EventSource(api.address(), "/stream/symbols", timeout_s=20) as stream:
            assert len(stream.until("snapshot").data["symbols"]) == 4000
        assert redis_client.exists(keys.SYMBOLS)
        grown = max(grown, grown_kb(api, before_kb, 1.0))
    assert grown < ALLOWED_KB
