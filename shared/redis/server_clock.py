"""One clock for all processes: the data server's.

Machines' clocks disagree and step. So a process takes the time of the server that has the epoch, and keeps
how far that is from its own monotonic clock, which does neither. Between two looks that clock goes on.
All times are whole microseconds since the Unix epoch.
"""

import logging
import time
from typing import Final

from shared.market import keys
from shared.redis.link import RedisLink, Reply, command

logger = logging.getLogger(__name__)

TIME: Final = command(keys.EPOCH, "TIME")
"""Asks the server that has the epoch, which in a cluster is the same one for all processes."""
SAID_FROM_US: Final = 50_000
"""A step of the server's clock, or a difference to this machine's, that is worth a line in the log."""


def now_us() -> int:
    """Now by this machine's own clock."""
    return time.time_ns() // 1000


def _monotonic_us() -> int:
    return time.monotonic_ns() // 1000


class ServerClock:
    """The data server's clock. Before the first look it is this machine's."""

    def __init__(self) -> None:
        self._offset_us = now_us() - _monotonic_us()
        self._is_set = False
        self._last_stamp_us = 0
        self._said_us = 0

    def look(self, link: RedisLink) -> None:
        """Ask the server for its time.

        Raises:
            RedisUnavailable: no answer; the clock goes on as it was.
        """
        asked_us = _monotonic_us()
        (reply,) = link.roundtrip([TIME])
        self.learn(reply, asked_us, _monotonic_us())

    def learn(self, reply: Reply, asked_us: int, answered_us: int) -> None:
        """Take the server's answer to `TIME`, given at a moment between two of the monotonic clock.

        As long as what is known agrees with that it stays; so an answer that took long makes nothing worse.
        """
        seconds, microseconds = reply
        server_us = int(seconds) * 1_000_000 + int(microseconds)
        earliest, latest = server_us - answered_us, server_us - asked_us
        if not self._is_set:
            self._offset_us, self._is_set = (earliest + latest) // 2, True
        elif not earliest <= self._offset_us <= latest:
            self._move((earliest + latest) // 2)
        self._compare_with_the_machine()

    def _move(self, offset_us: int) -> None:
        step_us = offset_us - self._offset_us
        self._offset_us = offset_us
        if abs(step_us) >= SAID_FROM_US:
            logger.warning("the clock of the data server has stepped by %+.3f s", step_us / 1e6)

    def _compare_with_the_machine(self) -> None:
        """Say that the clocks differ, and again only when the difference has changed."""
        ahead_us = self.machine_is_ahead_us
        if abs(ahead_us - self._said_us) < SAID_FROM_US:
            return
        self._said_us = ahead_us
        if abs(ahead_us) < SAID_FROM_US:
            logger.warning("this machine's clock agrees with the data server's again")
        else:
            logger.warning(
                "this machine's clock is %.3f s %s the data server's; the data server's is used",
                abs(ahead_us) / 1e6, "ahead of" if ahead_us > 0 else "behind",
            )  # fmt: skip

    @property
    def machine_is_ahead_us(self) -> int:
        """How far this machine's own clock is ahead of the server's now; negative if it is behind."""
        return now_us() - self.now_us()

    def now_us(self) -> int:
        """Now; less than before if the server's clock has stepped back."""
        return _monotonic_us() + self._offset_us

    def at_us(self, monotonic_ns: int) -> int:
        """The time at a moment of the monotonic clock, as far as is known now."""
        return monotonic_ns // 1000 + self._offset_us

    def stamp_us(self) -> int:
        """Now, for what is written down: never less than the stamp before."""
        now_us = time.monotonic_ns() // 1000 + self._offset_us  # each batch asks: no call that is not needed
        self._last_stamp_us = max(self._last_stamp_us, now_us)
        return self._last_stamp_us
