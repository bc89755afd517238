"""Frames that a feed refuses: counted, set aside in Redis, and logged, the last two at a bounded rate."""

import logging
import time
from typing import Final

from shared import keys
from shared.clock import now_us
from shared.redis_link import Command, Word, command
from shared.wire import Reject

logger = logging.getLogger(__name__)

_KEPT: Final = 10_000
_RAW_BYTES: Final = 256


class Allowance:
    """So many at once, and so many a second after that.

    Args:
        burst: how many at once.
        per_second: how many a second in the long run.
    """

    def __init__(self, burst: int, per_second: int) -> None:
        self._burst, self._per_second = burst, per_second
        self._left, self._at = float(burst), time.monotonic()

    def take(self, wanted: int) -> int:
        """How many of `wanted` are allowed now."""
        now = time.monotonic()
        self._left = min(self._left + (now - self._at) * self._per_second, self._burst)
        self._at = now
        taken = min(wanted, int(self._left))
        self._left -= taken
        return taken


class Rejected:
    """The `rejected` stream of one feed, and what is logged of it.

    Args:
        feed: `market_data` or `orders`.
    """

    def __init__(self, feed: str) -> None:
        self._feed = feed
        self._stored = Allowance(burst=1000, per_second=100)
        self._logged = Allowance(burst=20, per_second=2)
        self._silent = 0

    def allow(self, rejects: int) -> int:
        """How many of so many refused frames can be set aside; the others are only counted."""
        return self._stored.take(rejects)

    def command(self, reject: Reject, peer: str, place: str) -> Command:
        """Log a refused frame, as far as allowed, and set it aside.

        Args:
            reject: the frame.
            peer: who sent it.
            place: where it was in what the peer sent, for the log.
        """
        if self._logged.take(1):
            also = f" ({self._silent} more were not logged)" if self._silent else ""
            logger.warning(
                "%s: %s refused: %s: %r%s",
                peer, place, reject.reason, reject.raw[:64], also,
                extra={"feed": self._feed, "reason": reject.reason},
            )  # fmt: skip
            self._silent = 0
        else:
            self._silent += 1
        raw = reject.raw[:_RAW_BYTES].hex()
        values: tuple[Word, ...] = (self._feed, reject.reason, peer, raw, now_us())
        fields = [word for pair in zip(keys.REJECTED_FIELDS, values, strict=True) for word in pair]
        return command(keys.REJECTED, "XADD", keys.REJECTED, "MAXLEN", "~", _KEPT, "*", *fields)
