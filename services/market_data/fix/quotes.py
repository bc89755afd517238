"""Quotes and statuses of FIX sessions: all that the sessions said in one turn, and what is left of it."""

from collections.abc import Mapping

from market_spread.quote import Quote
from market_spread.status import Status
from services.market_data.feed.latest import Latest, latest_of_messages
from services.market_data.fix.quote_reader import Said
from shared.market.symbol_map import SymbolMap
from shared.service.fix.batch import FixBatch
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
    for part in batch.parts:
        names = maps.get(part.sender.session.settings.name, {})
        for place, item in enumerate(part.items, start=part.first):
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
    return latest_of_messages(messages), RejectedMessages(rejects)
