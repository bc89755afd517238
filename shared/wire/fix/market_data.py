"""Quotes and trading statuses out of FIX market data: 35=W, X, S, i and f."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from market_spread.fields import number_of, symbol_of
from market_spread.framing import DecodeError
from market_spread.quote import Quote
from shared.wire.fix.books.books import MAX_SYMBOLS, Books
from shared.wire.fix.books.entry import EMPTY_BOOK, read_entry, time_of
from shared.wire.fix.books.room import Room
from shared.wire.fix.books.trading_statuses import TradingStatuses
from shared.wire.fix.dialect import Action, Dialect
from shared.wire.fix.groups import fields_before, read_group
from shared.wire.fix.message import Fields, Message
from shared.wire.fix.refused import Refused, bad_group, not_fields
from shared.wire.fix.symbols import raw_symbol

MARKET_DATA: Final = frozenset({b"W", b"X", b"S", b"i", b"f"})
"""The types of message (35) that are read here."""
MOST_HELD: Final = 10_000
"""So many symbols at most wait for the last fragment of an update."""
LONGEST_DEFERRED: Final = 1024
"""A full refresh of more bytes becomes a book at once."""


class Status(NamedTuple):
    """A symbol's trading status."""

    symbol: bytes
    transact_time: bytes
    status: int
    """As in status frames: 0 trading, 1 halted, 2 paused, 3 auction or pre-open, 4 closed, 5 not firm."""


@dataclass(slots=True)
class MarketData:
    """What a message says of the market."""

    quotes: list[Quote] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


class MarketDataReader:
    """Reads the market data of one session.

    Args:
        dialect: of the counterparty.
        max_symbols: how many symbols may have a book.
        room: how many entries all books may have.

    Attributes:
        books: what is known of the market.
    """

    def __init__(self, dialect: Dialect, *, max_symbols: int = MAX_SYMBOLS, room: Room | None = None) -> None:
        self.books = Books(dialect.books, max_symbols=max_symbols, room=room)
        self._dialect = dialect
        self._held: dict[bytes, bytes] = {}
        """Symbols whose quote waits for the last fragment, each with its time."""
        self._refreshed: bytes | None = None
        """The symbol whose full refresh goes on in the next fragment."""
        self._statuses = TradingStatuses(dialect.conditions, max_symbols)
        self._deferred: dict[bytes, bytes] = {}
        """Full refreshes of which only the quote has been read, by symbol."""

    @property
    def is_waiting(self) -> bool:
        """Whether quotes wait for the last fragment of an update, or conditions of quotes for their end."""
        return bool(self._held) or self._statuses.has_conditions

    def reset(self) -> None:
        """Forget all books: after a gap, or on a new connection."""
        self.books.clear()
        self._held.clear()
        self._refreshed = None
        self._deferred.clear()

    def defer(self, symbol: bytes, refresh: bytes) -> None:
        """Take a full refresh whose quote is known: its book is made when an update comes that needs it."""
        self._deferred[symbol] = refresh
        self._refreshed = None
        if len(refresh) > LONGEST_DEFERRED or len(self._deferred) > MAX_SYMBOLS:
            self._make_deferred_book(symbol)

    def read(self, message: Message) -> MarketData:
        """What a message says; nothing if it is none about the market."""
        found = MarketData()
        if message.kind not in MARKET_DATA:
            return found
        try:
            if message.is_malformed:
                raise not_fields(message.raw)
            self._read(message, found)
        except DecodeError as error:
            found.refused.append(Refused.of(error, 0))
        return found

    def _read(self, message: Message, found: MarketData) -> None:
        if message.kind == b"W":
            self._refresh(message, found)
        elif message.kind == b"X":
            self._update(message, found)
        elif message.kind == b"S":
            found.quotes.append(self._quote(message, b"", message))
        elif message.kind == b"i":
            self._read_mass_quote(message, found)
        else:
            self._read_status(message, found)

    def _refresh(self, message: Message, found: MarketData) -> None:
        """35=W: all entries of one symbol anew; one that has nothing but trades moves no quote."""
        symbol = symbol_of(raw_symbol(message, self._dialect.symbol))
        entries = _group(message, b"268")
        time = time_of(entries[-1] if entries else message, message)
        if entries and not any(self._moves_quotes(entry) for entry in entries):
            return
        if symbol != self._refreshed:
            self.books.empty(symbol)
        self._deferred.pop(symbol, None)
        self._refreshed = symbol if _is_fragment(message) else None
        for place, entry in enumerate(entries, start=1):
            self._apply(symbol, place, entry, Action.INSERT, message, found)
        is_whole = message.get(b"893") == b""
        self._condition(symbol, [each.get(b"276") for each in entries], time, found, is_whole=is_whole)
        if not found.refused:  # a side that is not there any more, too, is news
            self._held[symbol] = time
        self._publish(message, found)

    def _moves_quotes(self, entry: Fields) -> bool:
        kind = entry.get(b"269")
        return kind == EMPTY_BOOK or kind in self._dialect.entry_types

    def _update(self, message: Message, found: MarketData) -> None:
        """35=X: entries of any symbols; one that names none is about the same as the one before."""
        symbol = b""
        for place, entry in enumerate(_group(message, b"268"), start=1):
            symbol = raw_symbol(entry, self._dialect.symbol) or symbol or self._symbol_before(message)
            action = self._dialect.actions.get(entry.get(b"279"))
            if action is not None:
                self._apply(symbol, place, entry, action, message, found)
        self._refreshed = None
        self._publish(message, found)

    def _symbol_before(self, message: Message) -> bytes:
        """The symbol that a message names once for all of its entries; empty if it names none."""
        return raw_symbol(fields_before(message, b"268"), self._dialect.symbol)

    def _apply(
        self, symbol: bytes, place: int, fields: Fields, action: Action, message: Message, found: MarketData
    ) -> None:
        """Let one entry take effect, or refuse it alone."""
        try:
            symbol = symbol_of(symbol)
            time = time_of(fields, message)
            if fields.get(b"269") == EMPTY_BOOK:
                self.books.empty(symbol)
                self._deferred.pop(symbol, None)
                self._held[symbol] = time
                return
            entry = read_entry(fields, action, self._dialect)
            if entry is None:
                return
            if symbol in self._deferred:
                self._make_deferred_book(symbol)
            if self.books.apply(symbol, entry):
                self._held[symbol] = time
            if message.kind == b"X":
                self._condition(symbol, [fields.get(b"276")], time, found, is_whole=False)
        except DecodeError as error:
            found.refused.append(Refused.of(error, place))

    def _condition(
        self, symbol: bytes, conditions: list[bytes], time: bytes, found: MarketData, *, is_whole: bool
    ) -> None:
        """Give out what the conditions (276) of a symbol's entries say of its trading, where that is news."""
        status = self._statuses.conditioned(symbol, conditions, is_whole=is_whole)
        if status is not None:
            found.statuses.append(Status(symbol, time, status))

    def _make_deferred_book(self, symbol: bytes) -> None:
        """Fill the book of a symbol whose full refresh was deferred; its quote is out already."""
        held, self._held = self._held, {}
        self._refresh(Message(self._deferred.pop(symbol)), MarketData())
        self._held = held

    def _publish(self, message: Message, found: MarketData) -> None:
        """Give out the quotes that changed, once the last fragment (893) is there, or very many wait."""
        if _is_fragment(message) and len(self._held) < MOST_HELD:
            return
        for symbol, time in self._held.items():
            found.quotes.append(Quote(symbol, time, *self.books.best(symbol)))
        self._held.clear()

    def _read_mass_quote(self, message: Message, found: MarketData) -> None:
        """35=i: quotes (295) in sets (296), each one by itself."""
        symbol, head = b"", fields_before(message, b"296")
        entries = [entry for each in _group(message, b"296") for entry in _group(each, b"295")]
        for place, entry in enumerate(entries, start=1):
            symbol = raw_symbol(entry, self._dialect.symbol) or symbol
            try:
                found.quotes.append(self._quote(entry, symbol, head))
            except DecodeError as error:
                found.refused.append(Refused.of(error, place))

    def _quote(self, fields: Fields, symbol: bytes, head: Fields) -> Quote:
        """A quote whose both sides are in one message or entry."""
        symbol = symbol_of(symbol or raw_symbol(fields, self._dialect.symbol))
        time = time_of(fields, fields if b"60" in fields else head)
        return Quote(symbol, time, _side(fields, b"132", b"134"), _side(fields, b"133", b"135"))

    def _read_status(self, message: Message, found: MarketData) -> None:
        """35=f: a trading status, if the dialect gives it a meaning."""
        status = self._dialect.statuses.get(message.get(b"326"))
        if status is not None:
            symbol = symbol_of(raw_symbol(message, self._dialect.symbol))
            self._statuses.given(symbol, status)
            found.statuses.append(Status(symbol, time_of(message, message), status))


def _group(fields: Fields, tag: bytes) -> list[Fields]:
    """The entries of a group.

    Raises:
        DecodeError: there are not as many as the message says.
    """
    group = read_group(fields, tag)
    if not group.is_complete:
        raise bad_group(tag, "has not as many entries as the message says")
    return group.entries


def _is_fragment(message: Message) -> bool:
    """Whether more of the same update follows (LastFragment, 893)."""
    return message.get(b"893") == b"N"


def _side(fields: Fields, price_tag: bytes, size_tag: bytes) -> float | None:
    """The price of a side; None where there is no quote: absent, or 0 with a size of 0."""
    price, size = number_of("price", fields.get(price_tag)), number_of("size", fields.get(size_tag))
    return None if price == 0 and size == 0 else price
