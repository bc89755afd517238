"""Symbols whose flags will change with time alone, and when."""

from math import inf
from typing import Final

_LOOKED_EVERY_US: Final = 50_000
"""So that times that follow each other closely are found together."""


class Waiting:
    """Remembers one time a symbol."""

    def __init__(self) -> None:
        self._times_us: dict[int, int] = {}
        self._next_us: float = inf
        """Not later than the first of them."""

    def note(self, number: int, at_us: int | None) -> None:
        """The flags of a symbol change at a time.

        Args:
            number: of the symbol.
            at_us: microseconds since the Unix epoch; None if they do not.
        """
        if at_us is None:
            self._times_us.pop(number, None)
        else:
            self._times_us[number] = at_us
            self._next_us = min(self._next_us, at_us)

    def take_due(self, now_us: int) -> list[int]:
        """The symbols whose time has come, each once."""
        if now_us < self._next_us:
            return []
        due = [number for number, at_us in self._times_us.items() if at_us <= now_us]
        for number in due:
            del self._times_us[number]
        first_us = min(self._times_us.values(), default=inf)
        self._next_us = max(first_us, now_us + _LOOKED_EVERY_US)
        return due
