"""How long a sender keeps trying: at growing intervals, and not for ever without progress."""

from typing import Final

from market_spread.waiting.backoff import Backoff

MOST_FRUITLESS: Final = 10
"""So many connections in a row without progress are enough."""

_FIRST_WAIT_S: Final = 0.05
_LONGEST_WAIT_S: Final = 4.0


class Patience:
    """Counts connections that came to nothing.

    Args:
        waits_for_ever: for a feed that cannot be reached; one that can be reached and still takes nothing
            ends the patience in any case.
    """

    def __init__(self, *, waits_for_ever: bool) -> None:
        self._waits_for_ever = waits_for_ever
        self._has_progressed = False
        self._fruitless = 0
        self._backoff = Backoff(_FIRST_WAIT_S, _LONGEST_WAIT_S)

    def restore(self) -> None:
        """There is progress: what was before is forgotten."""
        self._has_progressed = True
        self._fruitless = 0
        self._backoff.restart()

    def spend(self, *, was_reached: bool) -> None:
        """A connection is lost, or (not `was_reached`) was not even made."""
        if not self._has_progressed and (was_reached or not self._waits_for_ever):
            self._fruitless += 1
        self._has_progressed = False

    @property
    def is_over(self) -> bool:
        """Whether to give up."""
        return self._fruitless >= MOST_FRUITLESS

    def next_wait_s(self) -> float:
        """How long to wait before the next connection: twice as long each time, up to 4 s."""
        return self._backoff.next_s()
