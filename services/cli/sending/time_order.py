"""Rows of several files in the order of their times."""

import heapq
import logging
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.cli.files.rows import FIELDS, Place, RowKind, Rows, UnreadableFileError
from services.cli.files.times import parse_time
from services.cli.sending.counted_rows import CountedRows

logger = logging.getLogger(__name__)


class TimedRow(NamedTuple):
    """A row with its time; rows compare by their times, then by their files."""

    time_ns: int
    """Since the Unix epoch."""
    file: int
    """The number of its file."""
    number: int
    """Its number in its file."""
    kind: RowKind
    row: tuple[bytes, ...]
    place: Place

    @property
    def symbol(self) -> bytes:
        """Its symbol."""
        return self.row[FIELDS[self.kind].index("symbol")]


def in_order(files: Sequence[CountedRows]) -> Iterator[TimedRow]:
    """The rows of all files by their times; those of one file never change places.

    A row whose time is before that of a row in front of it in its file, or that has none, has the time of the
    latest row in front of it.

    Raises:
        UnreadableFileError: the first row of a file has no time that can be read.
    """
    return heapq.merge(*(_timed(number, file) for number, file in enumerate(files)))


def _timed(number: int, file: CountedRows) -> Iterator[TimedRow]:
    latest: int | None = None
    behind = untimed = count = 0
    for rows in file.rows():
        for place, row in enumerate(zip(*rows.columns, strict=True)):
            time = parse_time(row[-1])
            if latest is None:
                latest = time if time is not None else _no_time(rows, row)
            untimed += time is None
            behind += time is not None and time < latest
            latest = latest if time is None else max(latest, time)
            yield TimedRow(latest, number, count, rows.kind, row, rows.place_of(place))
            count += 1
    if untimed or behind:
        logger.warning(
            "%s: %d rows have no time that can be read, and %d one before that of a row in front: each "
            "went out at the latest time before it",
            file.tally.name,
            untimed,
            behind,
        )


def _no_time(rows: Rows, row: Sequence[bytes]) -> int:
    shown = row[-1].decode("ascii", "replace")
    raise UnreadableFileError(
        f"{rows.place_of(0)}: the time {shown!r} of the first row cannot be read; --together needs times"
    )
