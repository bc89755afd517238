"""A book whose entries are named by MDEntryID (278)."""

from shared.wire.fix.books.book import DELETES, Book, level_of
from shared.wire.fix.books.entry import Entry
from shared.wire.fix.books.keyed_side import KeyedSide
from shared.wire.fix.books.room import Level, Room
from shared.wire.fix.dialect import BookSide


class IdBook(Book[KeyedSide]):
    """The entries of a symbol by ID; an ID names one entry, on whichever side it is.

    Args:
        room: shared by all books of the session.
    """

    def __init__(self, room: Room) -> None:
        super().__init__(KeyedSide(is_bid=True, room=room), KeyedSide(is_bid=False, room=room))

    def apply(self, entry: Entry) -> bool:
        """See `Book.apply`; a delete need not say its side."""
        keys = [key for key in (entry.old_key, entry.key) if key]
        if not keys:
            return False
        if entry.action in DELETES:
            return self._delete(keys)
        side, old = self._find(keys)
        level = level_of(entry, old)
        side = side if entry.side is None else entry.side
        if side is None or level is None:
            return False
        self._delete(keys)
        self._sides[side].set(keys[-1], level)
        return True

    def _find(self, keys: list[bytes]) -> tuple[BookSide | None, Level | None]:
        """The first entry of these names, and its side."""
        for key in keys:
            for name, side in zip(BookSide, self._sides, strict=True):
                level = side.get(key)
                if level is not None:
                    return name, level
        return None, None

    def _delete(self, keys: list[bytes]) -> bool:
        """Remove the entries of these names; whether there were any."""
        return sum(side.delete(key) for side in self._sides for key in keys) > 0
