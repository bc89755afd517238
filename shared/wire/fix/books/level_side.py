"""One side of a book whose entries are named by their place, from 1."""

from shared.wire.fix.books.room import Level, Room


class LevelSide:
    """The entries of a side by place; one that is inserted or deleted moves those behind it.

    Args:
        is_bid: whether the highest price is the best one, not the lowest.
        room: shared by all books of the session.
    """

    def __init__(self, *, is_bid: bool, room: Room) -> None:
        self._is_bid = is_bid
        self._room = room
        self._levels: list[Level | None] = []

    def __len__(self) -> int:
        return len(self._levels)

    def get(self, place: int) -> Level | None:
        """The entry at this place."""
        return self._levels[place - 1] if 0 < place <= len(self._levels) else None

    def set(self, place: int, level: Level) -> None:
        """Put an entry at a place; one that is no quote leaves the place empty."""
        if self._reach(place):
            self._levels[place - 1] = level if level.is_quote else None

    def insert(self, place: int, level: Level) -> None:
        """Put an entry at a place; what was there and behind it moves one on."""
        if not 0 < place <= len(self._levels):
            self.set(place, level)
            return
        if not self._room.has(len(self._levels)):
            self.delete(len(self._levels), None)
            self._room.given_up += 1
        self._levels.insert(place - 1, level if level.is_quote else None)
        self._room.used += 1

    def delete(self, first: int, last: int | None) -> bool:
        """Remove the entries at these places (None: up to the end); whether there were any.

        Those behind them move up: when the first one goes, the second is the best.
        """
        if first < 1:
            return False
        gone = len(self._levels[first - 1 : last])
        del self._levels[first - 1 : last]
        self._room.used -= gone
        return gone > 0

    def clear(self) -> None:
        """Remove all entries."""
        self.delete(1, None)

    def best(self) -> float | None:
        """The best price, by price and not by place; None if there is none."""
        prices = [level.price for level in self._levels if level is not None]
        if not prices:
            return None
        return max(prices) if self._is_bid else min(prices)

    def _reach(self, place: int) -> bool:
        """Whether there is such a place; those up to it are made, empty, where they are missing."""
        more = max(0, place - len(self._levels))
        if place < 1 or not self._room.has(len(self._levels), more):
            self._room.given_up += 1
            return False
        self._levels += [None] * more
        self._room.used += more
        return True
