"""Files of orders and quotes in tests, and what is read from them."""

import gzip
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from services.cli.files.csv_file import CsvFile
from services.cli.files.fix_file import FixFile
from services.cli.files.rows import Item, Kind, Rows
from services.cli.files.tally import Tally
from shared.wire.fix.dialect import Dialect


class Portions(io.BytesIO):
    """Bytes that come in portions of a size, whatever is asked for."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        """The next ones."""
        return super().read(min(self._size, size) if size is not None and size >= 0 else self._size)


def read_csv(
    text: str | bytes, mapped: Mapping[str, str] | None = None, what: Kind | None = None, size: int = 1 << 16
) -> list[Item]:
    """What a CSV file has."""
    data = text if isinstance(text, bytes) else text.encode()
    return list(CsvFile(Portions(data, size), mapped or {}, what))


def read_fix(data: bytes, *, sender: bytes | None = None, dialect: Dialect | None = None) -> list[Item]:
    """What a FIX log has."""
    return list(FixFile(io.BytesIO(data), dialect or Dialect(), sender))


def rows_of(items: Iterable[Item]) -> Iterator[tuple[str, tuple[bytes, ...], str]]:
    """Label, texts and place of each row."""
    for item in items:
        if isinstance(item, Rows):
            for number, row in enumerate(zip(*item.columns, strict=True)):
                yield item.label, row, str(item.place_of(number))


def texts_of(items: Iterable[Item]) -> list[tuple[bytes, ...]]:
    """The texts of each row."""
    return [row for _, row, _ in rows_of(items)]


def refused(items: Iterable[Item]) -> list[str]:
    """What was refused: place, reason and text of each."""
    tally = Tally("file", is_logged=False)
    list(tally.rows(items))
    return [f"{row.place}: {row.reason}: {row.text}" for row in tally.first]


def others(items: Iterable[Item]) -> Counter[str]:
    """What is neither an order nor a quote."""
    tally = Tally("file", is_logged=False)
    list(tally.rows(items))
    return tally.others


def gzipped(path: Path, data: bytes) -> Path:
    """Write a compressed file."""
    path.write_bytes(gzip.compress(data))
    return path
