"""Columns over runs of equal frames: what vectorised decoding of both feeds has in common.

The fast side of decoding only says which frames are beyond doubt good. What it codes goes through the
feed's plain decoder, which alone knows the reasons and their order. (Frames of an impossible length are
the exception: they are refused here, because a hostile sender can make 200,000 of them a megabyte.)
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market_spread.framing import MAX_SYMBOL, MIN_SYMBOL
from shared.wire.byte_scan import not_finite, unprintable
from shared.wire.framing import Buffer, Run
from shared.wire.groups import SameLengthFrames, count_frames, groups
from shared.wire.rejects import RejectCodes, RejectedFrames
from shared.wire.symbol_table import SymbolTable

VECTOR_FRAMES: Final = 40
"""From so many frames on columns beat a plain loop (60 us to begin with, but 0.02 us a frame, not 2)."""


class Layout(NamedTuple):
    """How the messages of a feed look to the columns."""

    type: int
    fixed_size: int
    """Payload length without the symbol, bytes."""
    dtype: Callable[[int], np.dtype[np.void]]
    """A whole frame by the width of its symbol."""
    texts: tuple[str, ...]
    """Fields of printable ASCII."""
    numbers: tuple[str, ...]
    """Fields of finite numbers."""
    ranges: tuple[tuple[str, int, int], ...]
    """Small integers with their lowest and highest value."""
    decode: Callable[[bytes], object]
    """The plain decoder of one payload."""


class DecodedColumns(NamedTuple):
    """The good frames of one length in a batch."""

    frames: NDArray[np.intp]
    """Their numbers within the batch, ascending."""
    symbols: NDArray[np.intp]
    """The number of each one's symbol."""
    rows: NDArray[np.void]


def decode_columns(
    buffer: Buffer, runs: Sequence[Run], layout: Layout, symbols: SymbolTable
) -> tuple[list[DecodedColumns], RejectedFrames]:
    """All frames of a batch, one length at a time, and those that are no valid messages."""
    codes = RejectCodes(runs)
    sound = []
    for group in groups(runs):
        if MIN_SYMBOL <= group.size - layout.fixed_size <= MAX_SYMBOL:
            sound.append(_sound_rows(buffer, group, layout, codes))
        else:
            codes.refuse_length(buffer, group, layout.type)
    if len(sound) > 1 and 0 < symbols.room < count_frames(runs):  # perhaps not all find room: the first do
        symbols.number_in_order(sound)
    parts = [_numbered(rows, frames, symbols, layout, codes) for rows, frames in sound]
    return parts, RejectedFrames(buffer, runs, codes.codes)


def _sound_rows(
    buffer: Buffer, group: SameLengthFrames, layout: Layout, codes: RejectCodes
) -> tuple[NDArray[np.void], NDArray[np.intp]]:
    """The frames of a group with nothing wrong in them but perhaps the symbol, and their numbers."""
    rows = group.rows(buffer, layout.dtype(group.size - layout.fixed_size))
    frames = group.frames
    doubtful = rows["type"] != layout.type
    for field in layout.texts:
        doubtful |= unprintable(rows, field)
    for field in layout.numbers:
        doubtful |= not_finite(rows, field)
    for field, low, high in layout.ranges:
        doubtful |= (rows[field] < low) | (rows[field] > high)
    if doubtful.any():
        codes.judge(rows[doubtful], frames[doubtful], layout.decode)
        rows, frames = rows[~doubtful], frames[~doubtful]
    return rows, frames


def _numbered(
    rows: NDArray[np.void],
    frames: NDArray[np.intp],
    symbols: SymbolTable,
    layout: Layout,
    codes: RejectCodes,
) -> DecodedColumns:
    """The frames whose symbols have numbers."""
    numbers = symbols.numbers(rows)
    doubtful = numbers < 0
    if doubtful.any():
        codes.judge(rows[doubtful], frames[doubtful], layout.decode)
        rows, frames, numbers = rows[~doubtful], frames[~doubtful], numbers[~doubtful]
    return DecodedColumns(frames, numbers, rows)
