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

from shared.service.intake import Sender

BETWEEN_S: Final = 0.005
SILENCE_S: Final = 0.001
AT_ONCE_S: Final = 0.1


@dataclass
class _Late:
    messages: int = 0
    position: str = ""
    last_at: float = 0.0


class AckBatching:
    """The messages of each sender whose position is still to be moved."""

    def __init__(self) -> None:
        self._late: dict[Sender, _Late] = {}
        self._at_once_until: dict[Sender, float] = {}
        self._is_urgent = False
        self._last_at = self._settled_at = -math.inf

    @property
    def messages(self) -> int:
        """How many there are."""
        return sum(late.messages for late in self._late.values())

    def add(self, sender: Sender, messages: int, position: str) -> None:
        """So many more messages of a sender have been dealt with, up to this position."""
        now = time.monotonic()
        late = self._late.setdefault(sender, _Late())
        late.messages += messages
        late.position = position
        late.last_at = self._last_at = now
        self._is_urgent |= self._at_once_until.get(sender, now) > now

    def take(self, sender: Sender) -> int:
        """How many messages of a sender there are, which are committed with later ones now."""
        return self._late.pop(sender, _Late()).messages

    def due_in_s(self) -> float:
        """How long until all are to be settled; endless if there are none."""
        if not self._late:
            return math.inf
        if self._is_urgent:
            return 0
        return min(self._settled_at + BETWEEN_S, self._last_at + SILENCE_S) - time.monotonic()

    def take_all(self) -> list[tuple[Sender, int, str]]:
        """The senders, how many messages of each are settled now, and the position behind them."""
        now = time.monotonic()
        found = [(sender, late.messages, late.position) for sender, late in self._late.items()]
        for sender, late in self._late.items():
            if late.last_at + SILENCE_S <= now:
                self._at_once_until[sender] = now + AT_ONCE_S
        if found:
            self._late.clear()
            self._settled_at, self._is_urgent = now, False
        return found

    def forget(self, sender: Sender) -> None:
        """A sender has ended."""
        self._late.pop(sender, None)
        self._at_once_until.pop(sender, None)
