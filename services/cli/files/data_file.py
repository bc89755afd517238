"""A file of any known type, with what the user says of it."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import NamedTemporaryFile

from services.cli.files.csv_file import CsvFile
from services.cli.files.fix_file import FixFile
from services.cli.files.frame_rows import FrameRows
from services.cli.files.opening import FileType, OpenedFile, copy_of_pipe, opened
from services.cli.files.rows import FIELDS, Item, Kind, Other, Reader, Rows, UnreadableFileError
from shared.wire.fix.dialect import Dialect

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reading:
    """How files are to be read."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Of CSV: our field by the name of the file's column."""
    sender: bytes | None = None
    """Of FIX logs: whose messages; None for both directions."""
    dialect: Dialect = field(default_factory=Dialect)
    symbols: Mapping[bytes, bytes] = field(default_factory=dict)
    """Our symbols by theirs."""
    what: Kind | None = None
    """Which of the two is wanted; None for all there is."""


class DataFile:
    """A file, to be read as often as is needed.

    Args:
        path: of the file.
        reading: how to read it.

    Raises:
        UnreadableFileError: it cannot be read at all.
    """

    def __init__(self, path: Path, reading: Reading) -> None:
        self.path = path
        self._reading = reading
        self._copy = copy_of_pipe(path)
        self._bytes = path if self._copy is None else Path(self._copy.name)
        """Where they can be read from, as often as is needed."""
        with opened(self._bytes) as file:
            self.type: FileType = file.type
            reader = self._reader(file)
            if isinstance(reader, CsvFile):
                logger.info("%s: %s", path, reader.columns)

    def only(self, what: Kind) -> "DataFile":
        """The same file, of which one kind alone is wanted."""
        other = copy(self)
        other._reading = replace(self._reading, what=what)  # noqa: SLF001 (one of ours)
        return other

    @contextmanager
    def plain(self) -> Iterator[Path]:
        """Where its bytes are, decompressed: in the file itself, or in a copy that goes away afterwards.

        Raises:
            UnreadableFileError: it cannot be read to its end.
        """
        with opened(self._bytes) as file, ExitStack() as stack:
            if not file.is_compressed:
                yield self._bytes
                return
            copy_of_it = stack.enter_context(NamedTemporaryFile(prefix="market-spread-"))
            file.copy(copy_of_it)
            yield Path(copy_of_it.name)

    def items(self) -> Iterator[Item]:
        """What it holds, in order, read anew.

        Raises:
            UnreadableFileError: it cannot be read to its end.
        """
        with opened(self._bytes) as file:
            for item in self._reader(file):
                if not isinstance(item, Rows):
                    yield item
                elif self._reading.what not in {None, item.goes_with}:
                    yield Other(f"{item.label} ({item.kind}, which are not asked for)", len(item))
                else:
                    yield self._named(item)

    def _reader(self, file: OpenedFile) -> Reader:
        reading = self._reading
        if self.type != "csv" and reading.columns:
            raise UnreadableFileError("--map is for CSV, and this is none")
        if self.type != "fix" and reading.sender is not None:
            raise UnreadableFileError("--sender is for FIX logs, and this is none")
        if self.type == "fix":
            return FixFile(file, reading.dialect, reading.sender)
        if self.type == "csv":
            return CsvFile(file, reading.columns, reading.what)
        return FrameRows(file)

    def _named(self, rows: Rows) -> Rows:
        """With our symbols."""
        if not self._reading.symbols:
            return rows
        at, columns = FIELDS[rows.kind].index("symbol"), list(rows.columns)
        columns[at] = _renamed(columns[at], self._reading.symbols)
        return Rows(rows.kind, rows.label, columns, rows.place_of)


def _renamed(column: Sequence[bytes], symbols: Mapping[bytes, bytes]) -> list[bytes]:
    return [symbols.get(symbol, symbol) for symbol in column]
