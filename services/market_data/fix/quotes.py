"""Quotes and statuses of FIX sessions: all that the sessions said in one turn, and what is left of it."""

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

import numpy as np

from market_spread.quote import Quote
from market_spread.status import Status
from services.market_data.feed.latest import Latest, latest_of_messages
from services.market_data.fix.quote_reader import Said
from shared.market.symbol_map import SymbolMap
from shared.service.fix.batch import FixBatch, ItemRun
from shared.wire.fix.columns.quotes import quotes_at
from shared.wire.fix.refused import Refused
from shared.wire.framing import RejectedFrame
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
    messages: list[tuple[int, int, Quote | Status]] = []
    rejects: list[RejectedFrame] = []
    runs: list[tuple[int, ItemRun]] = []
    for part in batch.parts:
        names = maps.get(part.sender.session.settings.name, {})
        following = part.first
        for item in part.items:
            place = following
            if isinstance(item, ItemRun):
                runs.append((place, item))
                following += item.stop - item.start
                continue
            following += 1
            if isinstance(item.content, Refused):
                rejects.append(RejectedFrame(place, item.content.reason, item.message.raw))
                continue
            said: Said = item.content
            name = said.content.symbol
            number = symbols.number_of(names.get(name, name))
            if number < 0:
                rejects.append(RejectedFrame(place, "too_many_symbols", item.message.raw))
            else:
                messages.append((place, number, said.content))
    if runs:
        messages = sorted([*messages, *_last_quotes(runs, symbols)], key=itemgetter(0))
    return latest_of_messages(messages), RejectedMessages(rejects)


def _last_quotes(
    runs: Sequence[tuple[int, ItemRun]], symbols: SymbolTable
) -> Iterator[tuple[int, int, Quote]]:
    """The quotes of runs that no later one of them replaces, each behind its place and its symbol's number.

    Args:
        runs: quotes, each behind the place of its first one in the batch, in order.
        symbols: have numbered the symbols.
    """
    last = np.full(len(symbols), -1, np.intp)
    for first, (columns, start, stop) in runs:
        last[columns.symbols[start:stop]] = np.arange(first, first + stop - start)  # the last one stays
    for first, (columns, start, stop) in runs:
        numbers = columns.symbols[start:stop]
        rows = np.flatnonzero(last[numbers] == np.arange(first, first + stop - start))
        found = quotes_at(columns, rows + start, symbols)
        yield from zip((rows + first).tolist(), numbers[rows].tolist(), found, strict=True)
