"""How much of a flood of refused frames is set aside and logged."""

import logging

import hiredis
import pytest

from shared.base.rate_limit import Allowance
from shared.redis.server_clock import ServerClock
from shared.service.dead_letters import DeadLetters
from shared.wire.framing import RejectedFrame


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock of the allowances, as its only element."""
    now = [100.0]
    monkeypatch.setattr("shared.base.rate_limit.time.monotonic", lambda: now[0])
    return now


def test_an_allowance_is_a_burst_and_then_a_rate(clock: list[float]) -> None:
    """After the burst so many a second are allowed, and rest does not save up more than the burst."""
    allowance = Allowance(burst=1000, per_second=100)

    assert [allowance.take(400) for _ in range(4)] == [400, 400, 200, 0]
    clock[0] += 0.005
    assert allowance.take(5) == 0
    clock[0] += 0.5
    assert allowance.take(1000) == 50
    clock[0] += 3600
    assert allowance.take(5000) == 1000


def test_of_a_flood_a_thousand_and_then_a_hundred_a_second_are_set_aside(clock: list[float]) -> None:
    """The others are only counted."""
    letters = DeadLetters("orders", {}, ServerClock())
    assert letters.allow(5000) == 1000
    assert letters.allow(5000) == 0
    clock[0] += 1
    assert letters.allow(5000) == 100


def test_what_is_set_aside_says_where_it_is_from() -> None:
    """An entry of the stream has feed, reason, peer, at most 256 bytes as hex, and the time."""
    command = DeadLetters("orders", {}, ServerClock()).command(
        RejectedFrame(3, "symbol", b"\xab" * 300), "1.2.3.4:5", "frame 3"
    )

    reader = hiredis.Reader(encoding="utf-8")
    reader.feed(command.packed)
    *head, at_name, at = reader.gets()
    assert head == [
        "XADD", "rejected", "MAXLEN", "~", "10000", "*",
        "feed", "orders", "reason", "symbol", "peer", "1.2.3.4:5", "raw", "ab" * 256,
    ]  # fmt: skip
    assert at_name == "at"
    assert at.isdigit()


def test_a_flood_is_logged_at_a_bounded_rate(clock: list[float], caplog: pytest.LogCaptureFixture) -> None:
    """The log names peer, frame and reason of the first ones, then some, with how many were left out."""
    rejected = DeadLetters("market_data", {}, ServerClock())
    with caplog.at_level(logging.WARNING):
        for frame in range(100):
            rejected.command(RejectedFrame(frame, "number", b"\x02raw"), "1.2.3.4:5", f"frame {frame}")
        assert len(caplog.records) == 20
        clock[0] += 0.5
        rejected.command(RejectedFrame(0, "number", b"\x02raw"), "1.2.3.4:5", "frame 100")

    assert caplog.messages[0] == "1.2.3.4:5: frame 0 refused: number: b'\\x02raw'"
    assert (
        caplog.messages[-1] == "1.2.3.4:5: frame 100 refused: number: b'\\x02raw' (80 more were not logged)"
    )


def test_a_sender_on_the_wrong_port_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    """Frames of another feed are each set aside, but logged once a sender, with the feed they belong to."""
    rejected = DeadLetters("market_data", {1: "orders"}, ServerClock())
    for peer in ("1.2.3.4:5", "1.2.3.4:6"):
        for frame in range(1000):
            rejected.command(RejectedFrame(frame, "type", b"\x01order"), peer, f"frame {frame}")
    rejected.command(RejectedFrame(0, "type", b"\x09what"), "1.2.3.4:6", "frame 1000")

    assert caplog.messages == [
        f"{peer}: frame 0 belongs to the orders feed, and this is the port of the market_data feed: "
        "all such frames of this sender are refused"
        for peer in ("1.2.3.4:5", "1.2.3.4:6")
    ] + ["1.2.3.4:6: frame 1000 refused: type: b'\\twhat'"]
