"""A machine whose clock is wrong: what the services write and judge goes by the data server's clock."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.integration.web.conftest import base_url
from tests.support import frames
from tests.support.market import entries_after, metrics, quote_of
from tests.support.processes import Process, Processes
from tests.support.raw_sender import send_all
from tests.support.servers import chosen_kinds, make_server

HOUR = 3600
SOON_US = 5_000_000


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of the test's own."""
    made = make_server(chosen_kinds()[-1]).start()
    yield made
    made.close()


class OffClock:
    """Starts services on a machine whose clock is wrong.

    Args:
        processes: starts them.
        url: of the server.
        folder: for the file that says by how much.
    """

    def __init__(self, processes: Processes, url: str, folder: Path) -> None:
        self._processes, self._url = processes, url
        self._file = folder / "offset"

    def set(self, offset_s: float) -> None:
        """Let the clock be ahead by so many seconds, or behind."""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:  # in place: it may be in use
            file.write(struct.pack("=q", round(offset_s * 1e9)))

    def start(self, module: str, *words: str) -> Process:
        """Start a service whose wall clock is that."""
        usual = ("--listen", "127.0.0.1:0", "--log-format", "json", "--redis", self._url)
        process = self._processes.start("-m", "faults.clocked", str(self._file), module, *usual, *words)
        process.wait_for("listening")
        return process


@pytest.fixture
def clock(processes: Processes, server: Server, tmp_path: Path) -> OffClock:
    """A clock that is wrong as each test says."""
    return OffClock(processes, server.url, tmp_path)


def server_us(client: Redis) -> int:
    """The server's clock."""
    now: Any = client.time()
    return int(now[0]) * 1_000_000 + int(now[1])


@pytest.mark.parametrize(
    "offset_s", [pytest.param(ahead_s, marks=pytest.mark.slow) for ahead_s in (-HOUR, 30, 24 * HOUR)]
)
def test_times_are_the_servers_and_a_difference_is_said(
    server: Server, clock: OffClock, offset_s: float
) -> None:
    """An hour behind or a day ahead change nothing, and neither does a step of two hours."""
    clock.set(offset_s)
    words = ("--metrics", "127.0.0.1:0")
    ingestor = clock.start("services.market_data", *words)
    checker = clock.start("services.orders", *words, "--max-quote-age-ms", "20000")
    api = clock.start("services.web")
    with Redis(port=server.port) as client:
        for step_s in (0.0, 2 * HOUR):
            clock.set(offset_s + step_s)
            send_all(
                ingestor.address(), frames.quote(b"CALM", 10.0, 10.01), frames.quote(b"WIDE", 10.0, 11.0)
            )
            send_all(checker.address(), frames.order(b"CALM"), frames.order(b"WIDE"))
            now_us = server_us(client)
            assert abs(int(quote_of(client, "WIDE")["updated_at"]) - now_us) < SOON_US
        alerts = entries_after(client)
        assert [(alert["symbol"], alert["reason"]) for alert in alerts] == [
            ("WIDE", "spread,spread_ratio")
        ] * 2
        assert all(abs(int(alert["checked_at"]) - now_us) < SOON_US for alert in alerts)
        state = httpx.get(f"{base_url(api)}/symbols/WIDE").json()
        assert 0 <= state["age_ms"] < SOON_US / 1000
        assert 0 <= metrics(ingestor)["last_quote_age_seconds"] < SOON_US / 1e6
    for process in (ingestor, checker):
        assert "the data server's is used" in process.wait_for("this machine's clock is")["event"]


@pytest.mark.slow
def test_a_dead_feed_is_stale_though_the_checkers_clock_is_behind(
    server: Server, clock: OffClock, processes: Processes
) -> None:
    """By its own clock the quote would be from the future, or fresh for an hour to come."""
    clock.set(-HOUR)
    ingestor = processes.ingest(server.url)
    checker = clock.start("services.orders", "--metrics", "127.0.0.1:0", "--max-quote-age-ms", "1")
    send_all(ingestor.address(), frames.quote(b"CALM", 10.0, 10.01))
    with Redis(port=server.port) as client:
        while server_us(client) - int(quote_of(client, "CALM")["updated_at"]) < 50_000:
            client.ping()
        send_all(checker.address(), frames.order(b"CALM"))
        client.hset("symbol:CALM", "updated_at", server_us(client) + 60_000_000)
        send_all(checker.address(), frames.order(b"CALM"))
        assert [alert["reason"] for alert in entries_after(client)] == ["stale_quote"] * 2
