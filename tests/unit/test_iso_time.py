"""Times as ISO 8601: written to the microsecond, read with and without a zone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_spread.alert import LATEST_US
from shared.base.iso_time import iso_utc, parse_time

NOON_US = 1_795_608_000_000_000  # 2026-11-25T12:00:00Z


@given(st.integers(0, LATEST_US))
def test_there_and_back(microseconds: int) -> None:
    """Every time is written so that it is read again as the same, by us and by others."""
    text = iso_utc(microseconds)
    assert parse_time(text) == microseconds
    assert datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC) == timedelta(
        microseconds=microseconds
    )


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (NOON_US + 9_000_123_456, "2026-11-25T14:30:00.123456Z"),
        (LATEST_US, "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_written(microseconds: int, text: str) -> None:
    """Six digits of a second, and Z."""
    assert iso_utc(microseconds) == text


@pytest.mark.parametrize("microseconds", [-1, LATEST_US + 1, 10**30])
def test_beyond_the_calendar(microseconds: int) -> None:
    """What no year has is an error."""
    with pytest.raises(ValueError, match="no time of the years"):
        iso_utc(microseconds)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-25T12:00:00Z", "2026-11-25T12:00:00", "2026-11-25T12:00", "2026-11-25 12:00:00.000",
        "2026-11-25T13:00:00+01:00", "2026-11-25T07:00:00-05:00", str(NOON_US),
    ],
)  # fmt: skip
def test_read(text: str) -> None:
    """UTC unless there is a zone; whole microseconds as they are."""
    assert parse_time(text) == NOON_US


@pytest.mark.parametrize(
    "text",
    ["", "noon", "2026-11-31", "2026-11-25T13:00:00 01:00", "-5", "1.5", "1969-12-31T23:59:59Z", "9" * 5000],
)
def test_what_is_no_time(text: str) -> None:
    """What is neither is an error of a few words."""
    with pytest.raises(ValueError, match=r".") as error:
        parse_time(text)
    assert len(str(error.value)) < 150
