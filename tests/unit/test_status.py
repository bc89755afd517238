"""What a running service says of itself in Redis."""

import os
import socket

import hiredis
import pytest

from shared.redis.link import Command
from shared.redis.server_clock import ServerClock, now_us
from shared.telemetry.histogram import Histogram
from shared.telemetry.status import Status


def words(command: Command) -> list[str]:
    """The words of a packed command."""
    reader = hiredis.Reader(encoding="utf-8")
    reader.feed(command.packed)
    found = reader.gets()
    assert isinstance(found, list)
    return found


def fields(flat: list[str]) -> dict[str, str]:
    """Field, value, field, value … as a mapping."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock of the status, as its only element."""
    now = [100.0]
    monkeypatch.setattr("shared.telemetry.status.time.monotonic", lambda: now[0])
    return now


def test_figures_are_written_and_expire(clock: list[float]) -> None:
    """A refresh writes who and where a service is and its figures, for 5 s, and a row of history."""
    latency = Histogram()
    began_us = now_us()
    status = Status("check", "127.0.0.1:7010", latency, ServerClock())
    latency.record(50, 1000)
    clock[0] += 2.0

    hset, pexpire, xadd = map(
        words, status.commands({"received_total": 500, "rejected_total": 4}, {"lag": "3"})
    )

    said = fields(hset[2:])
    key = f"service:check:{said['instance']}"
    assert (hset[:2], pexpire) == (["HSET", key], ["PEXPIRE", key, "5000"])
    assert said["role"] == "check"
    assert (said["host"], said["pid"]) == (socket.gethostname(), str(os.getpid()))
    assert said["listen"] == "127.0.0.1:7010"
    assert began_us <= int(said["started_at"]) <= int(said["updated_at"]) <= now_us()
    assert (said["received_total"], said["rate"]) == ("500", "250")
    assert (said["rejected_total"], said["rejected_rate"], said["lag"]) == ("4", "2", "3")
    assert {said[f"latency_{name}_us"] for name in ("p50", "p95", "p99", "p999")} == {"50"}
    assert xadd[:6] == ["XADD", "stats:check", "MAXLEN", "~", "3600", "*"]
    row = fields(xadd[6:])
    assert row["instance"] == said["instance"]
    assert {name: said[name] for name in row} == row


def test_rates_are_about_the_time_since_the_last_refresh(clock: list[float]) -> None:
    """The second refresh counts from the first; without messages there are no percentiles."""
    status = Status("ingest", "x", Histogram(), ServerClock())
    clock[0] += 1.0
    status.commands({"received_total": 1000}, {})
    clock[0] += 0.5

    said = fields(words(status.commands({"received_total": 1100}, {})[0])[2:])

    assert (said["received_total"], said["rate"], said["latency_p50_us"]) == ("1100", "200", "")


def test_two_instances_have_different_keys() -> None:
    """Two services in one process, or with the same process ID on two hosts, do not share a key."""
    keys = {words(Status("ingest", "x", Histogram(), ServerClock()).goodbye()[0])[1] for _ in range(2)}

    assert len(keys) == 2
    assert all(key.startswith("service:ingest:") for key in keys)
