"""All quotes of a batch at once: decoded, and conflated to the last one of each symbol."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from market_spread.quote import FIXED_SIZE, QUOTE_TYPE, decode
from services.market_data.feed.messages import quote_dtype
from shared.wire.columns import (
    VECTOR_FRAMES,
    DecodedColumns,
    Layout,
    decode_columns,
)
from shared.wire.framing import Buffer, Run
from shared.wire.groups import count_frames, payloads
from shared.wire.messages import decode_messages
from shared.wire.rejects import Rejects
from shared.wire.symbol_table import SymbolTable

_LAYOUT = Layout(
    type=QUOTE_TYPE,
    fixed_size=FIXED_SIZE,
    dtype=quote_dtype,
    texts=("transact_time",),
    numbers=("bid", "offer"),
    ranges=(),
    decode=decode,
)


class Update(NamedTuple):
    """The last quote of a symbol in a batch."""

    symbol: int
    """Its number in the symbol table."""
    transact_time: bytes
    bid: float | None
    """None where nobody bids."""
    offer: float | None


def latest(buffer: Buffer, runs: Sequence[Run], symbols: SymbolTable) -> tuple[list[Update], Rejects]:
    """The last valid quote of each symbol in a batch, and the frames that are no valid quotes."""
    if count_frames(runs) < VECTOR_FRAMES:
        return latest_by_loop(buffer, runs, symbols)
    return latest_by_columns(buffer, runs, symbols)


def latest_by_loop(buffer: Buffer, runs: Sequence[Run], symbols: SymbolTable) -> tuple[list[Update], Rejects]:
    """`latest`, frame by frame: the cheaper way for small batches."""
    quotes, rejects = decode_messages(payloads(buffer, runs), decode, bytes, symbols)
    last = {
        number: Update(number, quote.transact_time, quote.bid, quote.offer) for _, number, quote in quotes
    }
    return list(last.values()), rejects


def latest_by_columns(
    buffer: Buffer, runs: Sequence[Run], symbols: SymbolTable
) -> tuple[list[Update], Rejects]:
    """`latest`, all frames of one length at a time: the cheaper way for large batches."""
    parts, rejects = decode_columns(buffer, runs, _LAYOUT, symbols)
    return _last_of_each_symbol(parts, len(symbols)), rejects


def _last_of_each_symbol(parts: list[DecodedColumns], symbols: int) -> list[Update]:
    last = np.full(symbols, -1, np.intp)
    for part in parts:
        np.maximum.at(last, part.symbols, part.frames)
    updates: list[Update] = []
    for part in parts:
        chosen = last[part.symbols] == part.frames
        quotes = part.rows[["transact_time", "bid", "offer"]][chosen].tolist()
        updates += [
            Update(symbol, *quote)
            for symbol, quote in zip(part.symbols[chosen].tolist(), quotes, strict=True)
        ]
    return updates
