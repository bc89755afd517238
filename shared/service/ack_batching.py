"""When to commit positions that move without leaving anything else: quotes, and orders that do not alert.

Each such commit costs a round trip and an ACK. One by one, at 2,000 quotes a second, they took 40 % of the
ingestor's time, and orders beside them took a fifth longer. So a sender that goes on without its ACKs gets
one at most every 5 ms. A sender that waits for its ACKs would be held up by that (170 messages a second
instead of 2,500 if it waits for each). It is told by its silence, and then gets them at once for a while.
"""

import math
import time
from dataclasses import dataclass
from typing import Final

from shared.feed.connection import Connection

BETWEEN_S: Final = 0.005
SILENCE_S: Final = 0.001
AT_ONCE_S: Final = 0.1


@dataclass
class _Late:
    frames: int = 0
    last_at: float = 0.0


class Settling:
    """The frames of each connection whose position is still to be moved."""

    def __init__(self) -> None:
        self._late: dict[Connection, _Late] = {}
        self._at_once_until: dict[Connection, float] = {}
        self._is_urgent = False
        self._last_at = self._settled_at = -math.inf

    @property
    def frames(self) -> int:
        """How many there are."""
        return sum(late.frames for late in self._late.values())

    def add(self, connection: Connection, frames: int) -> None:
        """So many frames of a connection have been dealt with."""
        now = time.monotonic()
        late = self._late.setdefault(connection, _Late())
        late.frames += frames
        late.last_at = self._last_at = now
        self._is_urgent |= self._at_once_until.get(connection, now) > now

    def take(self, connection: Connection) -> int:
        """The frames of a connection, which are committed with later ones now."""
        return self._late.pop(connection, _Late()).frames

    def due_in_s(self) -> float:
        """How long until all are to be settled; endless if there are none."""
        if not self._late:
            return math.inf
        if self._is_urgent:
            return 0
        return min(self._settled_at + BETWEEN_S, self._last_at + SILENCE_S) - time.monotonic()

    def take_all(self) -> list[tuple[Connection, int]]:
        """The frames of all connections, which are settled now."""
        now = time.monotonic()
        found = [(connection, late.frames) for connection, late in self._late.items()]
        for connection, late in self._late.items():
            if late.last_at + SILENCE_S <= now:
                self._at_once_until[connection] = now + AT_ONCE_S
        if found:
            self._late.clear()
            self._settled_at, self._is_urgent = now, False
        return found

    def forget(self, connection: Connection) -> None:
        """A connection has ended."""
        self._late.pop(connection, None)
        self._at_once_until.pop(connection, None)
