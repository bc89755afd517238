"""Connecting to a receiver again and again: at growing intervals, for ever."""

import logging
import time
from typing import Final

from market_spread.waiting.backoff import Backoff
from market_spread.waiting.outage_log import OutageLog
from services.orders.forward.receiver import Receiver
from shared.base.address import Address

logger = logging.getLogger(__name__)

_FIRST_WAIT_S: Final = 0.1
_LONGEST_WAIT_S: Final = 5.0
_AT_ONCE_S: Final = 0.1


class Connector:
    """Makes one connection after the other; says once that the receiver is away, and once that it is back.

    Args:
        address: where the receiver listens.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._backoff = Backoff(_FIRST_WAIT_S, _LONGEST_WAIT_S)
        self._next_at = 0.0
        self._log = OutageLog(logger)
        self.connections = 0
        """How many have been made."""
        self.fault: str | None = "not connected yet"
        """Why there is no connection now, if there is none."""

    def connect(self) -> Receiver | None:
        """A connection, or, after a moment, None: it is too early, or the receiver cannot be reached."""
        wait_s = self._next_at - time.monotonic()
        if wait_s > 0:
            time.sleep(min(wait_s, _AT_ONCE_S))
            return None
        try:
            receiver = Receiver(self._address)
        except OSError as error:
            self.lost(error)
            return None
        if self._log.is_on:
            self._log.back("connected to %s again", self._address)
        else:
            logger.info("connected to %s", self._address)
        self.connections += 1
        self.fault = None
        return receiver

    def lost(self, error: Exception) -> None:
        """There is no connection now; the next attempt is put off."""
        self.fault = str(error)
        self._log.away("no connection to %s, trying again and again: %s", self._address, error)
        self._next_at = time.monotonic() + self._backoff.next_s()

    def progressed(self) -> None:
        """The receiver takes what it is sent: the next attempt need not be put off long."""
        self._backoff.restart()
