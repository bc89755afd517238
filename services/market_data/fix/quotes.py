"""Quotes and statuses of FIX sessions: all that the sessions said in one turn, and what is left of it."""

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

import numpy as np

from market_spread.quote import Quote
from market_spread.status import Status
from services.market_data.feed.latest import Latest, latest_of_messages
from services.market_data.fix.quote_reader import Said
from shared.market.symbol_map import SymbolMap
from shared.service.fix.batch import FixBatch
from shared.service.fix.decoding import PlacedRun, decode_items
from shared.wire.fix.columns.quotes import quotes_at
from shared.wire.messages import RejectedMessages
from shared.wire.symbol_table import SymbolTable


def latest_of_sessions(
    maps: Mapping[str, SymbolMap], batch: FixBatch, symbols: SymbolTable
) -> tuple[Latest, RejectedMessages]:
    """What is left of what a batch says of each symbol, and what cannot be read.

    Args:
        maps: by session, what the peer calls a symbol and what it is called here; where there is such a map.
        batch: all of a turn.
        symbols: numbers symbols.
    """
    items, runs, rejects = decode_items(batch, maps, symbols, _symbol_of)
    messages: list[tuple[int, int, Quote | Status]]
    messages = [(each.place, each.symbol, each.item.content.content) for each in items]
    if runs:
        messages = sorted([*messages, *_last_quotes(runs, symbols)], key=itemgetter(0))
    return latest_of_messages(messages), rejects


def _symbol_of(said: Said) -> bytes:
    return said.content.symbol


def _last_quotes(runs: Sequence[PlacedRun], symbols: SymbolTable) -> Iterator[tuple[int, int, Quote]]:
    """The quotes of runs that no later one of them replaces, each behind its place and its symbol's number.

    Args:
        runs: quotes, in order.
        symbols: have numbered the symbols.
    """
    last = np.full(len(symbols), -1, np.intp)
    for first, _, (columns, start, stop) in runs:
        last[columns.symbols[start:stop]] = np.arange(first, first + stop - start)  # the last one stays
    for first, _, (columns, start, stop) in runs:
        numbers = columns.symbols[start:stop]
        rows = np.flatnonzero(last[numbers] == np.arange(first, first + stop - start))
        found = quotes_at(columns, rows + start, symbols)
        yield from zip((rows + first).tolist(), numbers[rows].tolist(), found, strict=True)
