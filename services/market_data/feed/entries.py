"""Quotes and statuses in a Redis stream: what an entry has to look like."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from market_spread.fields import symbol_of
from market_spread.quote import Quote
from market_spread.status import Status
from services.market_data.feed.latest import Latest, latest_of_messages
from shared.market.symbol_map import SymbolMap
from shared.wire.messages import RejectedMessages, StreamEntry, decode_messages
from shared.wire.symbol_table import SymbolTable


class Entry(NamedTuple):
    """What an entry says of a symbol."""

    symbol: bytes
    """What it is called here."""
    quote: Quote | None
    status: Status | None
    """It comes after the quote."""


def decode_entry(fields: Sequence[bytes]) -> Entry:
    """What an entry's fields say; those that it does not have count as empty.

    It holds a status if there is one, and a quote if there is a price, or no status: a quote may have
    neither price.

    Raises:
        DecodeError: a field is impossible, or there is no symbol.
    """
    value = dict(zip(fields[::2], fields[1::2], strict=True)).get
    symbol, transact_time = symbol_of(value(b"symbol", b"")), value(b"transact_time", b"")
    status = quote = None
    if code := value(b"status", b""):
        status = Status.parse(
            symbol=symbol,
            status=code,
            transact_time=transact_time,
            band_low=value(b"band_low", b""),
            band_high=value(b"band_high", b""),
        )
    bid, offer = value(b"bid", b""), value(b"offer", b"")
    if status is None or bid or offer:
        quote = Quote.parse(symbol=symbol, transact_time=transact_time, bid=bid, offer=offer)
    return Entry(symbol, quote, status)


def latest_of_entries(
    names: SymbolMap, entries: Sequence[StreamEntry], symbols: SymbolTable
) -> tuple[Latest, RejectedMessages]:
    """What is left of what entries say of each symbol, and the entries that say nothing.

    Args:
        names: what the sender calls a symbol, and what it is called here.
        entries: of a stream.
        symbols: numbers symbols.
    """
    fields = [each for _, each in entries]
    found, rejects = decode_messages(fields, decode_entry, b" ".join, symbols, names)
    return latest_of_messages(_messages(found)), rejects


def _messages(entries: Sequence[tuple[int, int, Entry]]) -> Iterator[tuple[int, int, Quote | Status]]:
    """The messages of entries, in order, each behind its entry's place and the number of its symbol."""
    for place, symbol, entry in entries:
        if entry.quote is not None:
            yield place, symbol, entry.quote
        if entry.status is not None:
            yield place, symbol, entry.status
