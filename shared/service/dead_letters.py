"""Frames that a feed refuses: counted, set aside in Redis, and logged, the last two at a bounded rate."""

import logging
from collections.abc import Mapping
from typing import Final

from market_spread.hello import Error, ErrorCode
from shared.base.rate_limit import Allowance
from shared.feed.session import FrameSession
from shared.market import keys
from shared.redis.link import Command, Word, command
from shared.redis.server_clock import ServerClock
from shared.wire.framing import RejectedFrame

logger = logging.getLogger(__name__)

_KEPT: Final = 10_000
_RAW_BYTES: Final = 256


class DeadLetters:
    """The `rejected` stream of one feed, and what is logged of it.

    Args:
        feed: `market_data` or `orders`.
        other_feeds: what other feeds there are, by the first byte of their payloads.
        clock: says when.
    """

    def __init__(self, feed: str, other_feeds: Mapping[int, str], clock: ServerClock) -> None:
        self._feed, self._clock = feed, clock
        self._other_feeds = other_feeds
        self._stored = Allowance(burst=1000, per_second=100)
        self._logged = Allowance(burst=20, per_second=2)
        self._silent = 0
        self._strays_logged = Allowance(burst=20, per_second=2)
        self._stray = ""
        """The last sender that took this feed for another one."""

    def allow(self, rejects: int) -> int:
        """How many of so many refused frames can be set aside; the others are only counted."""
        return self._stored.take(rejects)

    def command(self, reject: RejectedFrame, peer: str, place: str) -> Command:
        """Log a refused frame, as far as allowed, and set it aside.

        Args:
            reject: the frame.
            peer: who sent it.
            place: where it was in what the peer sent, for the log.
        """
        meant_for = self._other_feeds.get(reject.raw[0]) if reject.reason == "type" else None
        if meant_for is None:
            self._log(reject, peer, place)
        elif peer != self._stray:
            self._log_stray(peer, place, meant_for)
        raw = reject.raw[:_RAW_BYTES].hex()
        values: tuple[Word, ...] = (self._feed, reject.reason, peer, raw, self._clock.stamp_us())
        fields = [word for pair in zip(keys.REJECTED_FIELDS, values, strict=True) for word in pair]
        return command(keys.REJECTED, "XADD", keys.REJECTED, "MAXLEN", "~", _KEPT, "*", *fields)

    def last_word(self, session: FrameSession) -> Error | None:
        """What a resumable sender is told when it ends, if it took this feed for another one all the time."""
        meant_for = self._other_feeds.get(session.first_type)
        if meant_for is None or session.source is None or session.refused < session.frames:
            return None
        return Error(
            ErrorCode.REFUSED,
            f"all {session.frames:,} frames: they belong to the {meant_for} feed, "
            f"and this is the port of the {self._feed} feed",
        )

    def _log(self, reject: RejectedFrame, peer: str, place: str) -> None:
        if not self._logged.take(1):
            self._silent += 1
            return
        also = f" ({self._silent} more were not logged)" if self._silent else ""
        logger.warning(
            "%s: %s refused: %s: %r%s",
            peer, place, reject.reason, reject.raw[:64], also,
            extra={"feed": self._feed, "reason": reject.reason},
        )  # fmt: skip
        self._silent = 0

    def _log_stray(self, peer: str, place: str, meant_for: str) -> None:
        """Say once that a sender is on the wrong port: one line for all that it sends."""
        if not self._strays_logged.take(1):
            return
        logger.error(
            "%s: %s belongs to the %s feed, and this is the port of the %s feed: "
            "all such frames of this sender are refused",
            peer, place, meant_for, self._feed,
            extra={"feed": self._feed, "reason": "type"},
        )  # fmt: skip
        self._stray = peer
