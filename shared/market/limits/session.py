"""A session: the windows of a trading day by the wall clock of its zone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from market_spread.alert import LATEST_US

CLOSED: Final = "closed"
"""The window outside all windows."""

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_DAY: Final = timedelta(days=1)
_LAST_US: Final = LATEST_US - 2 * 86_400_000_000
"""So that no zone's clock is beyond the year 9999."""


class Span(NamedTuple):
    """From one time of day until another, which is on the next day if it is not later."""

    begin: int
    """Minutes since midnight."""
    end: int
    """The same, exclusive; 1440 is the end of the day."""

    def text(self) -> str:
        """As in the file: `09:30-16:00`."""
        return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in self)


@dataclass(frozen=True, slots=True)
class Session:
    """Windows by name.

    A span over midnight belongs to the day on which it begins, for `days` and `closed_on` too.
    """

    zone: str
    """A name of the IANA time zone database."""
    windows: Mapping[str, tuple[Span, ...]]
    """In the order in which they are looked at."""
    days: frozenset[int] = frozenset(range(7))
    """On which days of the week windows begin; 0 is Monday."""
    closed_on: frozenset[date] = frozenset()
    """On which dates no window begins."""
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_zone", ZoneInfo(self.zone))

    def window_at(self, moment_us: int) -> str:
        """The name of the first window that a moment lies in, or `closed`.

        Args:
            moment_us: microseconds since the Unix epoch.
        """
        local = (_EPOCH + timedelta(microseconds=min(moment_us, _LAST_US))).astimezone(self._zone)
        minute, today = 60 * local.hour + local.minute, local.date()
        is_open_today, was_open_yesterday = self._is_open(today), self._is_open(today - _ONE_DAY)
        for name, spans in self.windows.items():
            for begin, end in spans:
                if begin < end:
                    fits = is_open_today and begin <= minute < end
                else:
                    fits = (is_open_today and minute >= begin) or (was_open_yesterday and minute < end)
                if fits:
                    return name
        return CLOSED

    def _is_open(self, day: date) -> bool:
        return day.weekday() in self.days and day not in self.closed_on
