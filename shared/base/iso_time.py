"""Times as ISO 8601 texts, to the microsecond and without the rounding of floats."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from market_spread.alert import LATEST_US

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND: Final = LATEST_US // 1_000_000
"""The last second of the year 9999."""
_MOST_DIGITS: Final = 18


def iso_utc(microseconds: int) -> str:
    """A time as `2026-11-25T14:30:00.123456Z`.

    Args:
        microseconds: since the Unix epoch.

    Raises:
        ValueError: it is before the epoch or after the year 9999.
    """
    seconds, rest = divmod(microseconds, 1_000_000)
    return f"{_second(seconds)}.{rest:06}Z"


def iso_or_none(microseconds: int | None) -> str | None:
    """The same; None for no time."""
    return None if microseconds is None else iso_utc(microseconds)


@lru_cache(maxsize=4096)  # what is shown together lies close together
def _second(seconds: int) -> str:
    if not 0 <= seconds <= _LAST_SECOND:
        raise ValueError(f"{seconds} s after the epoch is no time of the years 1970 to 9999")
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}"


def parse_time(text: str) -> int:
    """A time as microseconds since the Unix epoch.

    Args:
        text: ISO 8601, UTC unless it has a zone; or whole microseconds since the epoch.

    Raises:
        ValueError: it is neither, or before the epoch.
    """
    if text.isascii() and text.isdigit():
        if len(text) > _MOST_DIGITS or int(text) > LATEST_US:
            raise ValueError("that many microseconds are after the year 9999")
        return int(text)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            "not a time: give ISO 8601 such as 2026-11-25T14:30:00Z (in a URL write + as %2B), "
            "or whole microseconds since 1970"
        ) from None
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    if time < _EPOCH:
        raise ValueError("a time before 1970")
    return (time - _EPOCH) // timedelta(microseconds=1)
