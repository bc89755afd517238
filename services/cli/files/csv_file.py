"""CSV with a header, a row an order or a quote."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from services.cli.files.checking import NUMBERS, check
from services.cli.files.csv_columns import CsvColumns, find_columns
from services.cli.files.rows import MOST_ROWS, Item, Kind, Place, RefusedRow, UnreadableFileError
from shared.wire.fix.message_log import Readable

_PIECE: Final = 1 << 16
_LONGEST: Final = 1 << 20
"""Bytes of a line, or of a row with line ends in quotes; a longer one ends the reading."""
_DELIMITERS: Final = (b",", b";", b"\t", b"|")
_BOM: Final = b"\xef\xbb\xbf"

_SIDES: Final = {
    name: side
    for side, names in {
        b"buy": (b"buy", b"b", b"1", b"bid", b"bot", b"long"),
        b"sell": (b"sell", b"s", b"2", b"ask", b"sld"),
        b"sell_short": (b"sell_short", b"sell short", b"short", b"ss", b"5"),
        b"sell_short_exempt": (b"sell_short_exempt", b"sell short exempt", b"sse", b"6"),
    }.items()
    for name in names
}
"""Our name of each side by those that files have, in lower case."""


class CsvFile:
    """The rows of a CSV file.

    Args:
        file: its bytes, from the start.
        mapped: what the user says of its columns: our field by the name of the file's column.
        what: what its rows are; None to guess.

    Attributes:
        columns: what its columns are.

    Raises:
        UnreadableFileError: it has no header of orders or quotes.
    """

    def __init__(self, file: Readable, mapped: Mapping[str, str], what: Kind | None) -> None:
        self._lines = _pieces(file)
        first = next(self._lines, b"").removeprefix(_BOM)
        header, _, self._rest = first.partition(b"\n")
        self._delimiter = max(_DELIMITERS, key=header.count)
        cells = (
            [cell.decode("utf-8", "replace") for cell in self._quoted(header)[0]] if header.strip() else []
        )
        self.columns: CsvColumns = find_columns(cells, mapped, what)

    def __iter__(self) -> Iterator[Item]:
        line = 2
        for piece in self._all_pieces():
            lines = piece.count(b"\n") + (not piece.endswith(b"\n"))
            if b'"' in piece:
                yield from self._check(*self._numbered(self._quoted(piece), line))
            else:
                rows = [each.split(self._delimiter) for each in _text_of(piece).split(b"\n")]
                yield from self._check(rows, range(line, line + len(rows)))
            line += lines

    def _all_pieces(self) -> Iterator[bytes]:
        if self._rest:
            yield self._rest
        yield from self._lines

    def _quoted(self, piece: bytes) -> list[list[bytes]]:
        """The cells of rows some of which are in quotes; line ends in quotes are kept, each counted."""
        text = io.StringIO(piece.decode("latin-1"), newline="")
        rows = csv.reader(text, delimiter=self._delimiter.decode())
        self._ends: list[int] = []
        found = []
        for row in rows:
            found.append([cell.encode("latin-1") for cell in row])
            self._ends.append(rows.line_num)
        return found

    def _numbered(self, rows: list[list[bytes]], line: int) -> tuple[list[list[bytes]], Sequence[int]]:
        """The rows, and the line on which each begins."""
        return rows, [line, *(line + end for end in self._ends[:-1])]

    def _check(self, rows: list[list[bytes]], lines: Sequence[int]) -> Iterator[Item]:
        """All rows of a piece; those that do not have all cells are refused, empty ones are none."""
        width = self.columns.width
        first = 0
        for number, row in enumerate(rows):
            if len(row) == width:
                continue
            yield from self._check_whole(rows[first:number], lines[first:number])
            first = number + 1
            if any(cell.strip() for cell in row):
                text = f"{len(row)} cells where the header has {width}"
                yield RefusedRow("cells", text, Place("line", lines[number]))
        yield from self._check_whole(rows[first:], lines[first:])

    def _check_whole(self, rows: list[list[bytes]], lines: Sequence[int]) -> Iterator[Item]:
        kind = self.columns.kind
        for first in range(0, len(rows), MOST_ROWS):
            part = rows[first : first + MOST_ROWS]
            cells = list(zip(*part, strict=True))
            nothing = (b"",) * len(part)
            columns: list[Sequence[bytes]] = [
                nothing if at is None else cells[at] for at in self.columns.places
            ]
            columns = [
                _stripped(column) if at in NUMBERS[kind] else column for at, column in enumerate(columns)
            ]
            if kind == "orders":
                columns[2] = tuple(_SIDES.get(side.strip().lower(), side) for side in columns[2])
            yield from check(kind, "CSV rows", columns, partial(_place, lines, first))


def _place(lines: Sequence[int], first: int, row: int) -> Place:
    return Place("line", lines[first + row])


def _stripped(column: Sequence[bytes]) -> Sequence[bytes]:
    """Numbers without spaces around them, which `Order.parse` does not take."""
    return [cell.strip() for cell in column] if any(b" " in cell for cell in column) else column


def _text_of(piece: bytes) -> bytes:
    """A piece without its last line end, and with the line ends of one system."""
    piece = piece.removesuffix(b"\n")
    return piece.replace(b"\r\n", b"\n").removesuffix(b"\r") if b"\r" in piece else piece


def _pieces(file: Readable) -> Iterator[bytes]:
    """The file in pieces of whole rows.

    Raises:
        UnreadableFileError: a row has no end.
    """
    left = b""
    while more := file.read(_PIECE):
        left += more
        cut = left.rfind(b"\n") + 1
        while cut and left.count(b'"', 0, cut) % 2:  # a row goes on behind a line end that is in quotes
            cut = left.rfind(b"\n", 0, cut - 1) + 1
        if cut:
            yield left[:cut]
            left = left[cut:]
        elif len(left) > _LONGEST:
            raise UnreadableFileError(f"a row is longer than {_LONGEST:,} bytes, or its quotes do not end")
    if left:
        yield left
