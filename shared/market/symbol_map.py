"""What others call a symbol, and what it is called here: two feeds seldom name symbols alike.

The file is CSV with the header `theirs,ours`; a symbol that does not stand in it keeps its name.
"""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from market_spread.fields import clean_name

HEADER: Final = ["theirs", "ours"]

SymbolMap = Mapping[bytes, bytes]
"""Ours by theirs, without outer spaces."""


def read_symbol_map(path: Path) -> SymbolMap:
    """The map in a file.

    Raises:
        ValueError: it is no such file; the message names the line.
        OSError: it cannot be read.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            return parse_symbol_map(file)
        except (ValueError, csv.Error) as error:
            raise ValueError(f"{path}: {error}") from error


def parse_symbol_map(lines: Iterable[str]) -> SymbolMap:
    """The map in the lines of a file.

    Raises:
        ValueError: a line is not what it has to be.
    """
    rows = csv.reader(lines)
    header = [cell.strip() for cell in next(rows, [])]
    if header != HEADER:
        raise ValueError(f"line 1: the header has to be {','.join(HEADER)}, not {','.join(header)[:80]!r}")
    found: dict[bytes, bytes] = {}
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(HEADER):
            raise ValueError(f"line {rows.line_num}: {len(row)} cells instead of {len(HEADER)}")
        theirs, ours = (_name(cell, rows.line_num) for cell in row)
        if found.setdefault(theirs, ours) != ours:
            raise ValueError(
                f"line {rows.line_num}: {theirs.decode()} is {found[theirs].decode()} in a line before, "
                f"and {ours.decode()} here"
            )
    return found


def _name(cell: str, line: int) -> bytes:
    name = clean_name(cell.encode())
    if name is None:
        raise ValueError(f"line {line}: {cell[:80]!r} is no symbol: 1 to 64 characters of printable ASCII")
    return name
