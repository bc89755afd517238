"""A folder with all alerts: a file a day, resumed where it stopped, written by one process at a time."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from market_spread import Gap
from market_spread.stream_id import StreamId
from services.cli.archive.day_file import DayFile, DayName, Form, NotOurs, day_of
from services.cli.archive.gaps import GapFile
from services.orders.alerts.published import Alert

_LOCK: Final = ".lock"


class ArchiveFailed(Exception):
    """The archive cannot go on; what it has is whole, and the same command goes on from there."""


class ArchiveRefused(Exception):
    """This folder is not to be written to by this process."""


class Archive:
    """Opens the archive in a folder, which is made if it is not there.

    Where it goes on is in its files alone, in the last whole line of the newest one. So there is no moment at
    which a crash would double an alert or leave one out.

    Args:
        folder: of the files.
        form: of the files that are begun.

    Raises:
        ArchiveRefused: another process writes to it, or a file in it is none of ours.
        ArchiveFailed: it cannot be written.
    """

    def __init__(self, folder: Path, form: Form) -> None:
        self._folder, self._form = folder, form
        self._day: DayFile | None = None
        with self._failures():
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(folder)
            self._gaps = GapFile(folder)
            try:
                self.last = self._find_last()
            except NotOurs as error:
                raise ArchiveRefused(f"{folder}: {error}; move that file away") from None
        """The ID of the last alert in it; None if there is none."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._day is not None:
            self._day.close()
        self._gaps.close()
        os.close(self._lock)

    def add(self, alerts: Sequence[Alert]) -> None:
        """Add alerts; when this returns, they are on disk.

        Raises:
            ArchiveFailed: they are not.
            ArchiveRefused: what has the name of the day's file is none of ours.
        """
        with self._failures():
            for day, those in groupby(alerts, day_of):
                self._open(DayName(day, self._form)).append(list(those))

    def note(self, gap: Gap) -> None:
        """Write down that alerts may be missing before the next ones.

        Raises:
            ArchiveFailed: it cannot be written.
        """
        with self._failures():
            self._gaps.add(gap)

    def _open(self, name: DayName) -> DayFile:
        if self._day is None or self._day.name != name:
            if self._day is not None:
                self._day.close()
                self._day = None
            try:
                self._day = DayFile(self._folder, name)
            except NotOurs as error:
                raise ArchiveRefused(f"{self._folder}: {error}; move that file away") from None
        return self._day

    def _find_last(self) -> StreamId | None:
        """The last ID of the newest day that has any; a day may have a file of each form."""
        files = (each for each in self._folder.iterdir() if each.is_file())
        names = filter(None, (DayName.read(each.name) for each in files))
        by_day = groupby(sorted(names, reverse=True), lambda name: name.day)
        for _, of_day in by_day:
            found = [last for last in map(self._last_in, list(of_day)) if last is not None]
            if found:
                return max(found)
        return None

    def _last_in(self, name: DayName) -> StreamId | None:
        file = DayFile(self._folder, name)
        try:
            return file.last_id()
        finally:
            file.close()

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            what = (error.strerror or str(error)).lower()
            raise ArchiveFailed(
                f"the archive {error.filename or self._folder} cannot be written: {what}; what it has is "
                "whole, and the same command goes on from there"
            ) from error


def _lock(folder: Path) -> int:
    """Hold the folder until this process ends, however that happens.

    Raises:
        ArchiveRefused: another one holds it.
        OSError: it cannot be written.
    """
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise ArchiveRefused(
            f"another process writes the archive {folder}; choose another folder with --to-dir"
        ) from None
    return lock
