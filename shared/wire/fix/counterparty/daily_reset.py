"""When both sides of a session begin again at 1: once a day, by the wall clock of a zone."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_DAY: Final = timedelta(days=1)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class DailyReset:
    """A time of day."""

    hour: int
    minute: int
    zone: str
    """A name of the IANA time zone database."""
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_zone", ZoneInfo(self.zone))

    def next_us(self, moment_us: int) -> int:
        """The first reset after a moment; both in microseconds since the Unix epoch."""
        local = self._local(moment_us)
        today = self._on(local)
        return today if today > moment_us else self._on(local + _ONE_DAY)

    def __str__(self) -> str:
        return f"{self.hour:02}:{self.minute:02} {self.zone}"

    def _local(self, moment_us: int) -> datetime:
        return (_EPOCH + timedelta(microseconds=moment_us)).astimezone(self._zone)

    def _on(self, local: datetime) -> int:
        """The reset on the day of a local time; where clocks are put back, the first of both."""
        at = local.replace(hour=self.hour, minute=self.minute, second=0, microsecond=0, fold=0)
        return (at - _EPOCH) // _MICROSECOND
