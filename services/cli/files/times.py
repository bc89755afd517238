"""Times as files have them, as nanoseconds since the Unix epoch: what messages are put in order by."""

import re
from calendar import timegm
from datetime import date
from functools import lru_cache
from typing import Final

NS: Final = 1_000_000_000
_DATED = re.compile(
    rb"(\d{4})-?(\d\d)-?(\d\d)(?:[-T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,12}))?)?)?"
    rb"\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?"
)
_EPOCH = re.compile(rb"(\d{9,19})(?:\.(\d{1,9}))?")
_UNITS: Final = ((19, 1), (16, 1000), (13, 1_000_000), (0, NS))
"""How many digits nano-, micro-, milliseconds and seconds since 1970 have in our days; one of each in ns."""


def parse_time(text: bytes) -> int | None:
    """A time; None if it is none.

    Args:
        text: as FIX (`20260105-14:30:00.123`) or ISO 8601 has it, UTC where it names no zone; or seconds,
            milli-, micro- or nanoseconds since the Unix epoch, told apart by their size.
    """
    return _second(text[:17], text[17:]) if len(text) > 17 and text[17:18] == b"." else _parse(text)


def _second(front: bytes, fraction: bytes) -> int | None:
    """FIX times: the second, which many share, and its fraction."""
    digits = fraction[1:]
    second = _parse(front)
    if second is None or not digits.isdigit():
        return _parse(front + fraction)
    return second + int(digits[:9].ljust(9, b"0"))


@lru_cache(maxsize=1 << 12)
def _parse(text: bytes) -> int | None:
    found = _EPOCH.fullmatch(text)
    if found:
        digits, fraction = found[1], found[2] or b""
        unit = next(unit for size, unit in _UNITS if len(digits) >= size)
        return int(digits) * unit + int(fraction.ljust(9, b"0") or 0) * unit // NS
    found = _DATED.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(each or 0) for each in found.groups()[:6])
    try:
        date(year, month, day)
    except ValueError:
        return None
    if hour > 24 or minute > 59 or second > 60:  # 60: a leap second
        return None
    seconds = timegm((year, month, day, hour, minute, second)) - _offset_s(found[8] or b"")
    return seconds * NS + int((found[7] or b"")[:9].ljust(9, b"0"))


def _offset_s(zone: bytes) -> int:
    if zone in {b"", b"Z", b"UTC"}:
        return 0
    digits = zone[1:].replace(b":", b"").ljust(4, b"0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone.startswith(b"-") else seconds
