"""The alerts of one day, UTC by their IDs, in a file: `alerts-2026-11-25.ndjson` or `.csv`."""

import csv
import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Literal, NamedTuple

from market_spread.alert import LATEST_US
from market_spread.stream_id import StreamId
from services.cli.archive.line_file import LineFile
from services.cli.printing.alert_printer import as_object
from services.orders.alerts import csv_text
from services.orders.alerts.published import Alert

Form = Literal["ndjson", "csv"]

_NAME: Final = re.compile(r"alerts-([0-9]{4}-[0-9]{2}-[0-9]{2})\.(ndjson|csv)", re.ASCII)
_LATEST_MS: Final = LATEST_US // 1000


class NotOurs(ValueError):
    """A file has the name of one of ours, but something else is in it."""


class DayName(NamedTuple):
    """What the name of a day's file says."""

    day: date
    form: str

    @classmethod
    def read(cls, name: str) -> "DayName | None":
        """What a name says; None if it is none of ours."""
        found = _NAME.fullmatch(name)
        try:
            return None if found is None else cls(date.fromisoformat(found[1]), found[2])
        except ValueError:  # the 32nd of a month
            return None

    def __str__(self) -> str:
        return f"alerts-{self.day}.{self.form}"


def day_of(alert: Alert) -> date:
    """The day of an alert, UTC."""
    milliseconds = min(StreamId.parse(alert.id).milliseconds, _LATEST_MS)
    return datetime.fromtimestamp(milliseconds // 1000, UTC).date()


class DayFile:
    """Opens the file of a day, or makes it.

    Args:
        folder: where it is.
        name: of the file.

    Raises:
        OSError: it cannot be read or written.
        NotOurs: something else is in it.
    """

    def __init__(self, folder: Path, name: DayName) -> None:
        self.name = name
        self._lines = LineFile(folder / str(name))
        self._fields: tuple[str, ...] = csv_text.FIELDS
        if name.form == "csv" and not self._lines.is_empty:
            self._fields = tuple(self._lines.first_line().decode(errors="replace").split(","))
            if self._fields[0] != "id" or not set(self._fields) <= set(csv_text.FIELDS):
                self.close()
                raise NotOurs(f"the first line of {name} is no header of alerts")

    def last_id(self) -> StreamId | None:
        """The ID of the last alert; None if there is none.

        Raises:
            NotOurs: the last line is no alert.
        """
        line = self._lines.last_line()
        if not line or (self.name.form == "csv" and line == self._lines.first_line()):
            return None
        try:
            return StreamId.parse(_id_in(line.decode(), self.name.form))
        except (ValueError, KeyError, TypeError, AttributeError, csv.Error):
            raise NotOurs(f"the last line of {self.name} is no alert") from None

    def append(self, alerts: Sequence[Alert]) -> None:
        """Add alerts of the day; when this returns, they are on disk.

        A CSV file keeps the columns that it began with, also when a later version knows more of them.

        Raises:
            OSError: they are not.
        """
        if self.name.form == "csv":
            lead = csv_text.header() if self._lines.is_empty else ""
            self._lines.append(lead + csv_text.rows(alerts, self._fields))
        else:
            self._lines.append("".join(f"{as_object(alert)}\n" for alert in alerts))

    def close(self) -> None:
        """Close the file."""
        self._lines.close()


def _id_in(line: str, form: str) -> str:
    if form == "csv":
        return next(csv.reader([line]))[0]
    found: str = json.loads(line)["id"]
    return found
