"""What a batch of FIX sessions has: items with the numbers of their symbols, runs, and what is refused."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from shared.market.symbol_map import SymbolMap
from shared.service.fix.batch import FixBatch, Item, ItemRun
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.refused import Refused
from shared.wire.framing import RejectedFrame
from shared.wire.messages import RejectedMessages
from shared.wire.symbol_table import SymbolTable


class NumberedItem(NamedTuple):
    """An item that was read alone and is good."""

    place: int
    """Its number within the batch."""
    symbol: int
    """The number of its symbol."""
    name: bytes
    """What the symbol is called here."""
    settings: SessionSettings
    item: Item


class PlacedRun(NamedTuple):
    """Items that were read as columns."""

    place: int
    """The number of the first one within the batch."""
    settings: SessionSettings
    run: ItemRun


class Decoded(NamedTuple):
    """All of a batch, each kind in the order in which it came."""

    items: list[NumberedItem]
    runs: list[PlacedRun]
    rejects: RejectedMessages


def decode_items(
    batch: FixBatch,
    maps: Mapping[str, SymbolMap],
    symbols: SymbolTable,
    symbol_of: Callable[[Any], bytes],
) -> Decoded:
    """Sort out a batch.

    Args:
        batch: all of a turn.
        maps: by session, what the peer calls a symbol and what it is called here; where there is such a map.
        symbols: numbers symbols.
        symbol_of: what the peer calls the symbol of an item's content.
    """
    items: list[NumberedItem] = []
    runs: list[PlacedRun] = []
    rejects: list[RejectedFrame] = []
    for part in batch.parts:
        settings = part.sender.session.settings
        names = maps.get(settings.name, {})
        following = part.first
        for item in part.items:
            place = following
            if isinstance(item, ItemRun):
                runs.append(PlacedRun(place, settings, item))
                following += item.stop - item.start
                continue
            following += 1
            if isinstance(item.content, Refused):
                rejects.append(RejectedFrame(place, item.content.reason, item.message.raw))
                continue
            theirs = symbol_of(item.content)
            name = names.get(theirs, theirs)
            number = symbols.number_of(name)
            if number < 0:
                rejects.append(RejectedFrame(place, "too_many_symbols", item.message.raw))
            else:
                items.append(NumberedItem(place, number, name, settings, item))
    return Decoded(items, runs, RejectedMessages(rejects))
