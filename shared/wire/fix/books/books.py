"""The books of all symbols of one session."""

from typing import Final

from market_spread.framing import DecodeError
from shared.wire.fix.books.entry import Entry
from shared.wire.fix.books.id_book import IdBook
from shared.wire.fix.books.level_book import LevelBook
from shared.wire.fix.books.price_book import PriceBook
from shared.wire.fix.books.room import Room
from shared.wire.fix.dialect import BookKey

MAX_SYMBOLS: Final = 100_000

AnyBook = IdBook | LevelBook | PriceBook


class Books:
    """The book of each symbol.

    Args:
        key: what names an entry.
        max_symbols: how many symbols there may be.
        room: how many entries there may be.

    Attributes:
        room: what is used of it, and how many entries were given up.
        unmatched: how many entries named nothing that their book had or could take.
    """

    def __init__(self, key: BookKey, *, max_symbols: int = MAX_SYMBOLS, room: Room | None = None) -> None:
        self.room = Room() if room is None else room
        self.unmatched = 0
        self._key: BookKey = key
        self._max_symbols = max_symbols
        self._books: dict[bytes, AnyBook] = {}

    def __len__(self) -> int:
        return len(self._books)

    def apply(self, symbol: bytes, entry: Entry) -> bool:
        """Let an entry take effect; False, and counted, if its book has nothing of the kind.

        Raises:
            DecodeError: there are too many symbols.
        """
        book = self._books.get(symbol)
        if book is None:
            if len(self._books) >= self._max_symbols:
                raise DecodeError(
                    "too_many_symbols", symbol, f"there are books of {len(self._books)} symbols already"
                )
            book = self._books[symbol] = _make_book(self._key, entry, self.room)
        has_matched = book.apply(entry)
        self.unmatched += not has_matched
        return has_matched

    def best(self, symbol: bytes) -> tuple[float | None, float | None]:
        """The best bid and the best offer of a symbol; None for a side that has none."""
        book = self._books.get(symbol)
        return (None, None) if book is None else book.best()

    def empty(self, symbol: bytes) -> None:
        """Remove all entries of a symbol."""
        book = self._books.pop(symbol, None)
        if book is not None:
            book.clear()

    def clear(self) -> None:
        """Remove all books: after a gap or on a new connection they are not to be trusted."""
        for book in self._books.values():
            book.clear()
        self._books.clear()


def _make_book(key: BookKey, first: Entry, room: Room) -> AnyBook:
    """A book whose entries are named in this way; `auto` goes by its first entry."""
    if key == "id" or (key == "auto" and first.key):
        return IdBook(room)
    if key == "level" or (key == "auto" and first.place is not None):
        return LevelBook(room)
    return PriceBook(room)
