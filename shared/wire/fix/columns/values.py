"""Values of many messages at once: numbers, symbols, and what is one byte."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.wire.fix.columns.decimals import parse_decimals
from shared.wire.fix.columns.scan import Scan
from shared.wire.fix.dialect import SymbolField

ANY: Final = -1
"""A length that every value exceeds."""

_LONGEST_SYMBOL: Final = 16
_SYMBOL_TAGS: Final = {"55": b"55", "48": b"48", "55+65": b"55"}
_NOT_APPLICABLE: Final = np.frombuffer(b"[N/A]".ljust(_LONGEST_SYMBOL), "<u8")
_PADDINGS: Final = np.array([int.from_bytes(bytes(size).ljust(8), "little") for size in range(9)], np.uint64)
"""Spaces behind so many bytes."""


def symbol_fields(found: Scan, place: SymbolField, doubtful: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The field that has the symbol of each message, -1 where none has; a suffix is a doubt."""
    if place == "55+65":
        found.doubt(b"65", ANY, doubtful)
    return found.find(_SYMBOL_TAGS[place], doubtful)


def first_bytes(found: Scan, tag: bytes, doubtful: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The value of a field of one byte; 0 for all others."""
    starts, ends = found.values(tag, found.find(tag, doubtful))
    return np.where(ends - starts == 1, found.text[starts], np.uint8(0))


def numbers(found: Scan, tags: Sequence[bytes], doubtful: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The numbers of these fields, one row a tag, NaN where there is none; no plain decimal is a doubt."""
    fields = np.array([found.find(tag, doubtful) for tag in tags])
    values = np.full(fields.shape, np.nan)
    row, message = np.nonzero(fields >= 0)
    places = fields[row, message]
    starts = found.starts[places] + _tag_sizes(tags)[row] + 1
    values[row, message], is_right = parse_decimals(found.text, starts, found.ends[places])
    doubtful[message[~is_right]] = True
    return values


def _tag_sizes(tags: Sequence[bytes]) -> NDArray[np.intp]:
    return np.array([len(tag) for tag in tags])


def symbol_rows(found: Scan, fields: NDArray[np.intp]) -> tuple[NDArray[np.void], NDArray[np.bool_]]:
    """The symbols, padded with spaces, and which of them are no longer than that and may be names."""
    starts, ends = found.values(b"55", fields)
    sizes = ends - starts
    rows = np.empty(len(fields), [("symbol", "S16")])
    words: NDArray[np.uint64] = rows.view("<u8").reshape(-1, 2)
    for half, offset in enumerate((0, 8)):
        padding = _PADDINGS[np.clip(sizes - offset, 0, 8)]
        words[:, half] = found.short_texts(starts + offset, ends) | padding
    is_name = (sizes > 0) & (sizes <= _LONGEST_SYMBOL) & (words != _NOT_APPLICABLE).any(axis=1)
    return rows, is_name
