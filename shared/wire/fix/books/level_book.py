"""A book whose entries are named by their place, MDPriceLevel (1023) or MDEntryPositionNo (290)."""

from shared.wire.fix.books.book import DELETES, Book, level_of
from shared.wire.fix.books.entry import Entry
from shared.wire.fix.books.level_side import LevelSide
from shared.wire.fix.books.room import Room
from shared.wire.fix.dialect import Action


class LevelBook(Book[LevelSide]):
    """The entries of a symbol by place.

    Args:
        room: shared by all books of the session.
    """

    def __init__(self, room: Room) -> None:
        super().__init__(LevelSide(is_bid=True, room=room), LevelSide(is_bid=False, room=room))

    def apply(self, entry: Entry) -> bool:
        """See `Book.apply`; a new entry without a place comes last."""
        if entry.side is None:
            return False
        side, place = self._sides[entry.side], entry.place
        if place is None:
            if entry.action is not Action.INSERT:
                return False
            place = len(side) + 1
        if entry.action in DELETES:
            first = 1 if entry.action is Action.DELETE_THROUGH else place
            return side.delete(first, None if entry.action is Action.DELETE_FROM else place)
        return _put(side, place, entry)


def _put(side: LevelSide, place: int, entry: Entry) -> bool:
    """Insert the entry at its place, or change what is there."""
    if entry.action is Action.INSERT:
        level = level_of(entry, None)
        put = side.insert
    else:
        level = level_of(entry, side.get(place))
        put = side.set
    if level is None:
        return False
    put(place, level)
    return True
