"""One side of a book whose entries are named by an ID or by their price."""

from shared.wire.fix.books.room import Level, Room

Key = bytes | float


class KeyedSide:
    """The entries of a side by name.

    Where there is no room, the worst entry is given up for a better one: it is the furthest from the touch.

    Args:
        is_bid: whether the highest price is the best one, not the lowest.
        room: shared by all books of the session.
    """

    def __init__(self, *, is_bid: bool, room: Room) -> None:
        self._sign = 1 if is_bid else -1
        self._room = room
        self._levels: dict[Key, Level] = {}
        self._best: float | None = None

    def get(self, key: Key) -> Level | None:
        """The entry of this name."""
        return self._levels.get(key)

    def set(self, key: Key, level: Level) -> None:
        """Add an entry, or put it in the place of the one with its name; one that is no quote goes."""
        self.delete(key)
        if not level.is_quote or not self._make_room_for(level):
            return
        self._levels[key] = level
        self._room.used += 1
        if self._best is None or self._is_better(level.price, self._best):
            self._best = level.price

    def delete(self, key: Key) -> bool:
        """Remove an entry; whether it was there."""
        gone = self._levels.pop(key, None)
        if gone is None:
            return False
        self._room.used -= 1
        if gone.price == self._best:
            self._best = self._look_for_best()
        return True

    def clear(self) -> None:
        """Remove all entries."""
        self._room.used -= len(self._levels)
        self._levels.clear()
        self._best = None

    def best(self) -> float | None:
        """The best price, by price and not by place; None if there is none."""
        return self._best

    def _make_room_for(self, level: Level) -> bool:
        """Whether there is room, once the worst entry has been given up if need be."""
        if self._room.has(len(self._levels)):
            return True
        self._room.given_up += 1
        if not self._levels:
            return False
        worst = min(self._levels, key=lambda key: self._sign * self._levels[key].price)
        return self._is_better(level.price, self._levels[worst].price) and self.delete(worst)

    def _is_better(self, price: float, other: float) -> bool:
        return self._sign * price > self._sign * other

    def _look_for_best(self) -> float | None:
        prices = [level.price for level in self._levels.values()]
        if not prices:
            return None
        return max(prices) if self._sign > 0 else min(prices)
