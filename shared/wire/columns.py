"""Columns over runs of equal frames: what vectorised decoding of both feeds has in common.

The fast side of decoding only says which frames are beyond doubt good. What it codes goes through the
feed's plain decoder, which alone knows the reasons and their order, and the feed's other messages, which are
rare. (Frames of an impossible length are the exception: they are refused here, because a hostile sender can
make 200,000 of them a megabyte.)
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Final, Generic, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market_spread.framing import MAX_SYMBOL, MIN_SYMBOL
from shared.wire.byte_scan import not_finite, unprintable
from shared.wire.framing import Buffer, Run
from shared.wire.groups import SameLengthFrames, any_frame, count_frames, groups
from shared.wire.messages import Message
from shared.wire.rejects import CODES, RejectCodes, RejectedFrames
from shared.wire.symbol_table import SymbolTable

VECTOR_FRAMES: Final = 40
"""From so many frames on columns beat a plain loop (60 us to begin with, but 0.02 us a frame, not 2)."""


class Layout(NamedTuple, Generic[Message]):
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
    others: Mapping[int, int]
    """The feed's other messages: by type, their payload length without the symbol, bytes."""
    decode: Callable[[bytes], Message]
    """The plain decoder of one payload, whichever of the feed's messages it is."""

    def has_columns(self, size: int) -> bool:
        """Whether a payload of so many bytes can be of the type that is decoded by columns."""
        return MIN_SYMBOL <= size - self.fixed_size <= MAX_SYMBOL

    def has_others(self, size: int) -> bool:
        """Whether it can be of another type of the feed."""
        return any(MIN_SYMBOL <= size - fixed_size <= MAX_SYMBOL for fixed_size in self.others.values())


class DecodedColumns(NamedTuple):
    """The good frames of one length in a batch."""

    frames: NDArray[np.intp]
    """Their numbers within the batch, ascending."""
    symbols: NDArray[np.intp]
    """The number of each one's symbol."""
    rows: NDArray[np.void]


def decode_columns(
    buffer: Buffer, runs: Sequence[Run], layout: Layout[Message], symbols: SymbolTable
) -> tuple[list[DecodedColumns], list[tuple[int, int, Message]], RejectedFrames]:
    """All frames of a batch, one length at a time, and those that are no valid messages.

    Returns:
        the frames in columns; the feed's other messages, each behind its place and the number of its symbol,
        in order; and what was refused.
    """
    codes = RejectCodes(runs)
    sound: list[tuple[NDArray[np.void], NDArray[np.intp]]] = []
    others: list[tuple[int, Message]] = []
    for group in groups(runs):
        if layout.has_columns(group.size):
            sound.append(_sound_rows(buffer, group, layout, codes, others))
        elif layout.has_others(group.size):
            others += codes.judge(group.rows(buffer, any_frame(group.size)), group.frames, layout.decode)
        else:
            codes.refuse_length(buffer, group, (layout.type, *layout.others))
    others.sort(key=itemgetter(0))
    if len(sound) + bool(others) > 1 and 0 < symbols.room < count_frames(runs):
        # Perhaps not all find room: the first do.
        symbols.number_in_order(sound, [(frame, message.symbol) for frame, message in others])
    parts = [_numbered(rows, frames, symbols, layout, codes) for rows, frames in sound]
    placed = list(_placed(others, symbols, codes))
    return parts, placed, RejectedFrames(buffer, runs, codes.codes)


def _sound_rows(
    buffer: Buffer,
    group: SameLengthFrames,
    layout: Layout[Message],
    codes: RejectCodes,
    others: list[tuple[int, Message]],
) -> tuple[NDArray[np.void], NDArray[np.intp]]:
    """The frames of a group with nothing wrong in them but perhaps the symbol, and their numbers.

    Args:
        buffer: holds the batch.
        group: some of its frames.
        layout: of the feed.
        codes: gets what is refused.
        others: gets what is a message of another type.
    """
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
        others += codes.judge(rows[doubtful], frames[doubtful], layout.decode)
        rows, frames = rows[~doubtful], frames[~doubtful]
    return rows, frames


def _numbered(
    rows: NDArray[np.void],
    frames: NDArray[np.intp],
    symbols: SymbolTable,
    layout: Layout[Message],
    codes: RejectCodes,
) -> DecodedColumns:
    """The frames whose symbols have numbers."""
    numbers = symbols.numbers(rows)
    doubtful = numbers < 0
    if doubtful.any():
        for frame, _ in codes.judge(rows[doubtful], frames[doubtful], layout.decode):
            codes.refuse(frame, CODES["too_many_symbols"])  # it got no number, and nothing else is wrong
        rows, frames, numbers = rows[~doubtful], frames[~doubtful], numbers[~doubtful]
    return DecodedColumns(frames, numbers, rows)


def _placed(
    messages: Sequence[tuple[int, Message]], symbols: SymbolTable, codes: RejectCodes
) -> Iterator[tuple[int, int, Message]]:
    """The messages whose symbols have numbers, each behind its place and its symbol's."""
    for frame, message in messages:
        number = symbols.number_of(message.symbol)
        if number < 0:
            codes.refuse(frame, CODES["too_many_symbols"])
        else:
            yield frame, number, message
