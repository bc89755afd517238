"""When to dial: of an initiator's session one process does, and all others watch whether it still lives.

Whoever has the session moves its position at least once a heartbeat. So a process that does not have it waits
until the position has stood still for two heartbeats and a part of a third, by chance, and dials then; sooner
where the last owner has said that it left. No clock of another machine is involved. Who dials beside a living
owner is refused by the counterparty as a second connection, or takes the session over: both are safe, for
only the owner's commits count.
"""

import random
import time
from typing import Final

from market_spread.waiting.backoff import Backoff
from shared.wire.fix.counterparty.settings import SessionSettings

_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 30.0
_LONGEST_WHILE_FREE_S: Final = 5.0
"""Whoever had the session last dials again before."""


class Dial:
    """The dial of one session.

    Args:
        settings: of the session.
    """

    def __init__(self, settings: SessionSettings) -> None:
        self.settings = settings
        self.is_engaged = False
        """Whether it is dialling, or connected."""
        self._backoff = Backoff(_FIRST_WAIT_S, _LONGEST_WAIT_S)
        self._due_at: float | None = None
        """When to dial; None while another process is watched."""
        self._seen = ""
        self._chance = 0.0
        self._still_since = 0.0
        self.watch()

    @property
    def is_watching(self) -> bool:
        """Whether the position says when to dial."""
        return not self.is_engaged and self._due_at is None

    def is_due(self) -> bool:
        """Whether it is time to dial."""
        return not self.is_engaged and self._due_at is not None and time.monotonic() >= self._due_at

    def watch(self) -> None:
        """Another process has the session, or may have it."""
        self.is_engaged, self._due_at = False, None
        self._still_since = time.monotonic()
        self._chance = random.random()

    def look(self, position: str, *, is_free: bool) -> None:
        """While watching: dial if the position has stood still for long enough.

        Args:
            position: where it stands now; empty if the session was never up.
            is_free: whether nobody says to be connected.
        """
        now, heartbeat_s = time.monotonic(), self.settings.heartbeat_s
        if position != self._seen:
            self._seen, self._still_since = position, now
        patience_s = heartbeat_s * (2 + self._chance)
        if is_free:
            patience_s = self._chance * min(heartbeat_s, _LONGEST_WHILE_FREE_S)
        if not position or now - self._still_since >= patience_s:
            self._due_at = now

    def failed(self) -> None:
        """Nobody has answered, or the session has ended: dial again, later and later."""
        self.is_engaged = False
        self._due_at = time.monotonic() + self._backoff.next_s()

    def succeeded(self) -> None:
        """The session is up."""
        self._backoff.restart()
