"""What the log says of outages: their beginning and their end, each once."""

import logging
from types import SimpleNamespace

import pytest

from market_spread.waiting.outage_log import OutageLog


def test_each_outage_is_said_twice(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """When it begins, with the first reason, and when it is over, with how long it was."""
    clock = iter([100.0, 102.5, 200.0])
    times = SimpleNamespace(monotonic=lambda: next(clock))  # of this module alone: other threads go on
    monkeypatch.setattr("market_spread.waiting.outage_log.time", times)
    log = OutageLog(logging.getLogger("test"))
    log.back("the feed is back")
    states = [log.is_on]
    for reason in ("first", "second", "third"):
        log.away("the feed %s is away: %s", "desk", reason)
    states.append(log.is_on)
    log.back("the feed %s is back", "desk")
    log.back("the feed %s is back", "desk")
    states.append(log.is_on)
    log.away("the feed is away again")
    assert states == [False, True, False]
    assert caplog.messages == [
        "the feed desk is away: first",
        "the feed desk is back after 2.5 s",
        "the feed is away again",
    ]
    assert {record.levelname for record in caplog.records} == {"WARNING"}
