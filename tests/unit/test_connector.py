"""Connecting to a receiver that is away: ever more seldom, up to a bound, and said once."""

from itertools import pairwise
from typing import Any

import pytest

from services.orders.forward import connector as module
from services.orders.forward.connector import Connector
from shared.base.address import Address

ADDRESS = Address("receiver", 7000)
REFUSED = ConnectionRefusedError("refused")


class Clock:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """What it says, seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds


class Receivers:
    """Receivers that are there or not; knows when somebody tried."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.is_there = False
        self.tried_at: list[float] = []

    def __call__(self, address: Address) -> Any:
        """Connect."""
        assert address == ADDRESS
        self.tried_at.append(self._clock.now)
        if not self.is_there:
            raise REFUSED
        return "a receiver"


@pytest.fixture
def receivers(monkeypatch: pytest.MonkeyPatch) -> Receivers:
    """None of which is there yet."""
    clock = Clock()
    made = Receivers(clock)
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr("market_spread.waiting.outage_log.time", clock)
    monkeypatch.setattr(module, "Receiver", made)
    return made


def try_so_often(connector: Connector, receivers: Receivers, attempts: int) -> list[float]:
    """How long it was between so many attempts, seconds."""
    first = len(receivers.tried_at)
    while len(receivers.tried_at) < first + attempts:
        connector.connect()
    times = receivers.tried_at[first:]
    return [round(after - before, 6) for before, after in pairwise(times)]


def test_waits_double_up_to_five_seconds(receivers: Receivers) -> None:
    """And the log says once that there is no connection."""
    waits = try_so_often(Connector(ADDRESS), receivers, 10)
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]


def test_only_progress_begins_anew(receivers: Receivers) -> None:
    """A receiver that accepts and takes nothing is not asked more often than one that is away."""
    connector = Connector(ADDRESS)
    try_so_often(connector, receivers, 4)
    receivers.is_there = True
    try_so_often(connector, receivers, 1)
    assert (connector.connections, connector.fault) == (1, None)
    receivers.is_there = False
    connector.lost(REFUSED)
    assert try_so_often(connector, receivers, 3) == [3.2, 5.0]
    connector.progressed()
    connector.lost(REFUSED)
    assert try_so_often(connector, receivers, 3) == [0.2, 0.4]


def test_away_is_said_once_and_again_after_a_connection(
    receivers: Receivers, caplog: pytest.LogCaptureFixture
) -> None:
    """However many attempts it takes."""
    caplog.set_level("INFO")
    connector = Connector(ADDRESS)
    try_so_often(connector, receivers, 3)
    receivers.is_there = True
    try_so_often(connector, receivers, 1)
    connector.lost(REFUSED)
    connector.lost(REFUSED)
    away = "no connection to receiver:7000, trying again and again: refused"
    assert caplog.messages == [away, "connected to receiver:7000 again after 0.7 s", away]
