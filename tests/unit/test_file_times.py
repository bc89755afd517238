"""Times as files have them."""

import pytest

from services.cli.files.times import NS, parse_time

AT = 1_767_623_400 * NS
"""2026-01-05 14:30:00 UTC."""


@pytest.mark.parametrize(
    ("text", "after_ns"),
    [
        ("20260105-14:30:00", 0),
        ("20260105-14:30:00.123", 123_000_000),
        ("20260105-14:30:00.123456789012", 123_456_789),
        ("2026-01-05T14:30:00Z", 0),
        ("2026-01-05 14:30:00.5", 500_000_000),
        ("2026-01-05T15:30:00+01:00", 0),
        ("2026-01-05T09:00:00.25-0530", 250_000_000),
        ("20260105-14:30", 0),
        ("2026-01-05T14:30:60Z", 60 * NS),
        ("1767623400", 0),
        ("1767623400.5", 500_000_000),
        ("1767623400001", 1_000_000),
        ("1767623400000001", 1_000),
        ("1767623400000000001", 1),
    ],
)
def test_times(text: str, after_ns: int) -> None:
    """FIX, ISO 8601 with and without a zone, and numbers since 1970 in four units."""
    assert parse_time(text.encode()) == AT + after_ns


@pytest.mark.parametrize(
    "text",
    ["", "14:30:00", "20261305-14:30:00", "20260105-25:30:00", "yesterday", "12", "2026-01-05T14:30:00.x"],
)
def test_no_times(text: str) -> None:
    """What names no moment is none."""
    assert parse_time(text.encode()) is None
