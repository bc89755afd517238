"""All messages of a batch at once: decoded, and conflated to what is left of each symbol's."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from market_spread import quote, status
from market_spread.quote import QUOTE_TYPE, Quote
from market_spread.status import STATUS_TYPE, Status
from services.market_data.feed.latest import Latest, LatestQuotes, latest_of, latest_of_messages
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


def decode(payload: bytes) -> Quote | Status:
    """The message of one payload.

    Raises:
        DecodeError: the payload is neither a valid quote nor a valid status.
    """
    return status.decode(payload) if payload[0] == STATUS_TYPE else quote.decode(payload)


_LAYOUT: Final = Layout(
    type=QUOTE_TYPE,
    fixed_size=quote.FIXED_SIZE,
    dtype=quote_dtype,
    texts=("transact_time",),
    numbers=("bid", "offer"),
    ranges=(),
    others={STATUS_TYPE: status.FIXED_SIZE},
    decode=decode,
)


def latest(buffer: Buffer, runs: Sequence[Run], symbols: SymbolTable) -> tuple[Latest, Rejects]:
    """What is left of the valid messages of a batch, and the frames that are none."""
    if count_frames(runs) < VECTOR_FRAMES:
        return latest_by_loop(buffer, runs, symbols)
    return latest_by_columns(buffer, runs, symbols)


def latest_by_loop(buffer: Buffer, runs: Sequence[Run], symbols: SymbolTable) -> tuple[Latest, Rejects]:
    """`latest`, frame by frame: the cheaper way for small batches."""
    messages, rejects = decode_messages(payloads(buffer, runs), decode, bytes, symbols)
    return latest_of_messages(messages), rejects


def latest_by_columns(buffer: Buffer, runs: Sequence[Run], symbols: SymbolTable) -> tuple[Latest, Rejects]:
    """`latest`, all quotes of one length at a time: the cheaper way for large batches."""
    parts, statuses, rejects = decode_columns(buffer, runs, _LAYOUT, symbols)
    found = [(place, symbol, each) for place, symbol, each in statuses if isinstance(each, Status)]
    return latest_of(_last_of_each_symbol(parts, len(symbols)), found), rejects


def _last_of_each_symbol(parts: list[DecodedColumns], symbols: int) -> LatestQuotes:
    last = np.full(symbols, -1, np.intp)
    for part in parts:
        np.maximum.at(last, part.symbols, part.frames)
    numbers: list[int] = []
    times: list[bytes] = []
    bids: list[float] = []
    offers: list[float] = []
    places: list[int] = []
    for part in parts:
        chosen = last[part.symbols] == part.frames
        quotes = part.rows[chosen]
        numbers += part.symbols[chosen].tolist()
        times += quotes["transact_time"].tolist()
        bids += quotes["bid"].tolist()
        offers += quotes["offer"].tolist()
        places += part.frames[chosen].tolist()
    return LatestQuotes(numbers, times, bids, offers, places)
