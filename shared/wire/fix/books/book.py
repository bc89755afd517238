"""The book of one symbol: two sides, whose entries are named in one way or another."""

from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

from shared.wire.fix.books.entry import Entry
from shared.wire.fix.books.room import Level
from shared.wire.fix.dialect import Action, BookSide

DELETES = Action.DELETE, Action.DELETE_THROUGH, Action.DELETE_FROM


class Side(Protocol):
    """One side of a book."""

    def best(self) -> float | None:
        """The best price, or None if there is none."""

    def clear(self) -> None:
        """Remove all entries."""


AnySide = TypeVar("AnySide", bound=Side)


class Book(ABC, Generic[AnySide]):
    """The book of a symbol.

    Args:
        bids: one side of it.
        offers: the other one.
    """

    def __init__(self, bids: AnySide, offers: AnySide) -> None:
        self._sides = (bids, offers)  # by `BookSide`

    @abstractmethod
    def apply(self, entry: Entry) -> bool:
        """Let an entry take effect; False if it names nothing that the book has or could take."""

    def clear(self) -> None:
        """Remove all entries."""
        for side in self._sides:
            side.clear()

    def best(self) -> tuple[float | None, float | None]:
        """The best bid and the best offer; None for a side that has none."""
        return self._sides[BookSide.BID].best(), self._sides[BookSide.OFFER].best()


def level_of(entry: Entry, old: Level | None) -> Level | None:
    """The level that an entry makes of an old one: what it does not say stays; None without a price."""
    price, size = entry.price, entry.size
    if old is not None:
        price = old.price if price is None else price
        size = old.size if size is None else size
    return None if price is None else Level(price, size)
