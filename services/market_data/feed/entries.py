"""Quotes in a Redis stream: what an entry has to look like."""

from collections.abc import Sequence

from market_spread.quote import Quote
from services.market_data.feed.batch import Update
from shared.market.symbol_map import SymbolMap
from shared.wire.messages import RejectedMessages, StreamEntry, decode_messages
from shared.wire.symbol_table import SymbolTable


def decode_entry(fields: Sequence[bytes]) -> Quote:
    """A quote out of an entry's fields; those that it does not have count as empty.

    Raises:
        DecodeError: a field is impossible, or there is no symbol.
    """
    value = dict(zip(fields[::2], fields[1::2], strict=True)).get
    return Quote.parse(
        symbol=value(b"symbol", b""),
        transact_time=value(b"transact_time", b""),
        bid=value(b"bid", b""),
        offer=value(b"offer", b""),
    )


def latest_of_entries(
    names: SymbolMap, entries: Sequence[StreamEntry], symbols: SymbolTable
) -> tuple[list[Update], RejectedMessages]:
    """The last quote of each symbol among entries, and the entries that hold none.

    Args:
        names: what the sender calls a symbol, and what it is called here.
        entries: of a stream.
        symbols: numbers symbols.
    """
    fields = [each for _, each in entries]
    quotes, rejects = decode_messages(fields, decode_entry, b" ".join, symbols, names)
    last = {number: Update(number, *quote[1:]) for _, number, quote in quotes}
    return list(last.values()), rejects
