"""How much all books of a session may hold together, and what did not fit."""

from dataclasses import dataclass
from typing import NamedTuple


class Level(NamedTuple):
    """An entry of a side of a book."""

    price: float
    size: float | None
    """None where the message has none."""

    @property
    def is_quote(self) -> bool:
        """Price 0 and size 0 say that there is no quote; a price of 0 alone is one."""
        return not (self.price == 0 and self.size == 0)


@dataclass(slots=True)
class Room:
    """Bounds and counts that the books of a session share."""

    levels_a_side: int = 1000
    """Most entries of one side."""
    levels: int = 1_000_000
    """Most entries of all sides together: some 200 MB."""
    used: int = 0
    """How many there are."""
    given_up: int = 0
    """How many entries were not taken, or given up for better ones."""

    def has(self, size: int, more: int = 1) -> bool:
        """Whether a side of so many entries may have so many more."""
        return size + more <= self.levels_a_side and self.used + more <= self.levels
