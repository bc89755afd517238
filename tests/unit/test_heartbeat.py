"""Heartbeats: when a sender that has nothing to send says that it is there."""

import pytest

from market_spread.hello import HEARTBEAT
from market_spread.sending.heartbeat import Heartbeat

NOTHING = memoryview(b"")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, as its only element."""
    now = [100.0]
    monkeypatch.setattr("market_spread.sending.heartbeat.time.monotonic", lambda: now[0])
    return now


def test_silence_is_filled(clock: list[float]) -> None:
    """Only while there is nothing to send, and once in each interval after what was sent last."""
    heartbeat = Heartbeat(1.0)
    seen = []
    for at, frames in [(0.9, b""), (1.0, b""), (1.9, b"quote"), (2.8, b""), (2.9, b""), (3.8, b"")]:
        clock[0] = 100 + at
        seen.append(bytes(heartbeat.fill(memoryview(frames))))
    assert seen == [b"", HEARTBEAT, b"quote", b"", HEARTBEAT, b""]
    heartbeat.restart()
    clock[0] += 0.9
    assert not heartbeat.fill(NOTHING)


def test_without_an_interval_there_is_none(clock: list[float]) -> None:
    """However long the silence."""
    heartbeat = Heartbeat(None)
    clock[0] += 1e6
    assert not heartbeat.fill(NOTHING)


@pytest.mark.parametrize("every_s", [0, -1.0, float("nan")])
def test_an_interval_that_is_none_is_refused(every_s: float) -> None:
    """By the name that callers know."""
    with pytest.raises(ValueError, match=r"heartbeat_s .* has to be above 0"):
        Heartbeat(every_s)
