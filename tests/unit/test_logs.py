"""What is logged: everything, but not without end of one kind."""

import json
import logging
from collections.abc import Iterator

import pytest

from shared.telemetry import logs

logger = logging.getLogger("test")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock of what is allowed, as its only element."""
    now = [100.0]
    monkeypatch.setattr("shared.base.rate_limit.time.monotonic", lambda: now[0])
    return now


@pytest.fixture(autouse=True)
def _own_logging(clock: list[float]) -> Iterator[None]:
    """Logging as a service has it, and as it was afterwards."""
    del clock
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def events(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What has been logged since the last time."""
    return [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]


def test_one_kind_of_line_cannot_flood_the_log(
    capsys: pytest.CaptureFixture[str], clock: list[float]
) -> None:
    """Of a thousand like lines a hundred come, later ten a second; what was left out is counted."""
    logs.configure("json", "info")
    for number in range(1000):
        logger.warning("%s: ended inside a frame, 50 %% of it is there", number)
    logger.warning("something else")
    assert events(capsys) == [
        *(f"{number}: ended inside a frame, 50 % of it is there" for number in range(100)),
        "something else",
    ]

    clock[0] += 0.15
    for number in range(1000, 1002):
        logger.warning("%s: ended inside a frame, 50 %% of it is there", number)
    assert events(capsys) == [
        "1000: ended inside a frame, 50 % of it is there (900 more like this were not logged)"
    ]
