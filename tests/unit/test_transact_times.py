"""Transact times as the feeds carry them."""

from datetime import UTC, datetime

import numpy as np
import pytest

from services.cli.made_market.transact_times import transact_times

AT_MS = 1_767_623_400_000


def text(at_ms: int) -> bytes:
    seconds = datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y%m%d-%H:%M:%S")
    return f"{seconds}.{at_ms % 1000:03}".encode()


def test_text_of_the_feeds() -> None:
    """A millisecond is written as `YYYYMMDD-HH:MM:SS.mmm` in UTC."""
    assert transact_times(1, AT_MS + 7, AT_MS + 7).tolist() == [b"20260105-14:30:00.007"]


@pytest.mark.parametrize("span_ms", [0, 1, 10, 999, 1000, 61_234])
def test_even_and_ascending_over_the_span(span_ms: int) -> None:
    """Times start where the span starts, end before it ends, and agree with datetime, across seconds."""
    times = transact_times(500, AT_MS + 900, AT_MS + 900 + span_ms)
    expected = [text(AT_MS + 900 + number * span_ms // 500) for number in range(500)]
    assert times.dtype == np.dtype("S21")
    assert times.tolist() == expected


def test_none() -> None:
    """No times are an empty array."""
    assert transact_times(0, AT_MS, AT_MS + 5).shape == (0,)
