"""Heartbeats: when to send one, when to ask whether the peer is there, and when it is not."""

from enum import Enum
from typing import Final

_SECOND_US: Final = 1_000_000


class Beat(Enum):
    """What the clock asks for."""

    HEARTBEAT = "heartbeat"
    TEST = "test"
    """TestRequest (35=1)."""
    SILENT = "silent"
    """The peer is gone."""


class Liveness:
    """The clock of a connection; times are microseconds since the Unix epoch.

    Args:
        heartbeat_s: HeartBtInt (108).
        now_us: when the connection came up.
    """

    def __init__(self, heartbeat_s: int, now_us: int) -> None:
        self.interval_us = heartbeat_s * _SECOND_US
        self._silent_us = self.interval_us * 12 // 10
        self._gone_us = self.interval_us * 24 // 10
        self._quiet_since_us = self._sent_us = now_us
        self._is_tested = False

    def heard(self, now_us: int) -> None:
        """A message has arrived, or could not have: nobody reads at present, so silence begins now."""
        self._quiet_since_us = now_us
        self._is_tested = False

    def sent(self, now_us: int) -> None:
        """A message has left."""
        self._sent_us = now_us

    def is_heard(self, now_us: int) -> bool:
        """Whether the peer was heard of within 1.2 heartbeats in which it could be."""
        return now_us - self._quiet_since_us < self._silent_us

    def due(self, now_us: int) -> Beat | None:
        """What is due, one thing at a time."""
        quiet_us = now_us - self._quiet_since_us
        if quiet_us >= self._gone_us:
            return Beat.SILENT
        if self._is_tested:
            return None
        if quiet_us >= self._silent_us:
            self._is_tested = True
            return Beat.TEST
        return Beat.HEARTBEAT if now_us - self._sent_us >= self.interval_us else None

    def deadline_us(self) -> int:
        """When something will be due if nothing is heard or sent before."""
        if self._is_tested:
            return self._quiet_since_us + self._gone_us
        return min(self._quiet_since_us + self._silent_us, self._sent_us + self.interval_us)
