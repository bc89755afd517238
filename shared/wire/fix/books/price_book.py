"""A book whose entries are named by their price."""

from shared.wire.fix.books.book import DELETES, Book
from shared.wire.fix.books.entry import Entry
from shared.wire.fix.books.keyed_side import KeyedSide
from shared.wire.fix.books.room import Level, Room


class PriceBook(Book[KeyedSide]):
    """The entries of a symbol by price.

    Args:
        room: shared by all books of the session.
    """

    def __init__(self, room: Room) -> None:
        super().__init__(KeyedSide(is_bid=True, room=room), KeyedSide(is_bid=False, room=room))

    def apply(self, entry: Entry) -> bool:
        """See `Book.apply`; a delete that does not say its side is for the side that has the price."""
        price = entry.price
        if price is None:
            return False
        if entry.action in DELETES:
            sides = self._sides if entry.side is None else (self._sides[entry.side],)
            return sum(side.delete(price) for side in sides) > 0
        if entry.side is None:
            return False
        self._sides[entry.side].set(price, Level(price, entry.size))
        return True
