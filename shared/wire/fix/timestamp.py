"""UTCTimestamp: when something happened, as FIX writes it, to the microsecond."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

_is_timestamp: Final = re.compile(
    rb"([0-9]{8})-([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,18}))?Z?"
).fullmatch
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND: Final = 60
"""A leap second is written as the sixtieth; it counts as the first of the next minute, as in Unix time."""


def parse_timestamp(text: bytes) -> int | None:
    """The time as whole microseconds since the Unix epoch, or None if it is no time.

    Fractions may have any number of digits up to picoseconds and beyond; what is below a microsecond is cut.
    """
    found = _is_timestamp(text)
    if found is None:
        return None
    midnight = _midnight_s(found[1])
    hour, minute, second = int(found[2]), int(found[3]), int(found[4])
    if midnight is None or hour > 23 or minute > 59 or second > _LAST_SECOND:
        return None
    seconds = midnight + 3600 * hour + 60 * minute + second
    return seconds * 1_000_000 + int((found[5] or b"")[:6].ljust(6, b"0"))


@lru_cache(maxsize=64)  # a log is of a few days
def _midnight_s(date: bytes) -> int | None:
    """When a day begins, `YYYYMMDD`, as seconds since the Unix epoch; None if there is no such day."""
    try:
        day = datetime(int(date[:4]), int(date[4:6]), int(date[6:]), tzinfo=UTC)
    except ValueError:
        return None
    return (day - _EPOCH) // timedelta(seconds=1)


def format_timestamp(moment_us: int) -> bytes:
    """A time as UTCTimestamp with milliseconds; what is below one is cut.

    Args:
        moment_us: microseconds since the Unix epoch.
    """
    seconds, fraction_us = divmod(moment_us, 1_000_000)
    days, second = divmod(seconds, 86_400)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return b"%b-%02d:%02d:%02d.%03d" % (_date(days), hour, minute, second, fraction_us // 1000)


@lru_cache(maxsize=8)
def _date(days: int) -> bytes:
    """A day, by their number since the Unix epoch, as `YYYYMMDD`."""
    return f"{_EPOCH + timedelta(days=days):%Y%m%d}".encode()
