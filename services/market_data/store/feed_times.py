"""When each source was last heard of: by that a checker tells a quiet market from a dead feed."""

import logging
import math
import time
from typing import Final

from redis.exceptions import ResponseError

from shared.base.rate_limit import Allowance
from shared.market import keys
from shared.redis.link import RedisLink, command

logger = logging.getLogger(__name__)

EVERY_S: Final = 0.1
"""A source's time is written once in this time at most."""
_KEPT_MS: Final = 86_400_000


class FeedTimes:
    """Writes the times; knows only sources that were heard of, or written, in the last 100 ms.

    Args:
        link: to Redis.
    """

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._heard_us: dict[str, int] = {}
        """What is not written, by source."""
        self._written_s: dict[str, float] = {}
        """When a source's time was written last (monotonic clock)."""
        self._due_s = math.inf
        """When something is to be written (monotonic clock)."""
        self._complaints = Allowance(burst=5, per_second=1)

    def note(self, source: str, now_us: int) -> None:
        """A source has just been heard of.

        Args:
            source: its name.
            now_us: microseconds since the Unix epoch.
        """
        if source not in self._heard_us:
            self._due_s = min(self._due_s, self._written_s.get(source, -math.inf) + EVERY_S)
        self._heard_us[source] = now_us

    def is_due(self) -> bool:
        """Whether there is something to write."""
        return time.monotonic() >= self._due_s

    def write(self) -> None:
        """Write what is due.

        Raises:
            RedisUnavailable: no answer; call again.
        """
        now = time.monotonic()
        self._written_s = {name: at for name, at in self._written_s.items() if at + EVERY_S > now}
        due = [name for name in self._heard_us if name not in self._written_s]
        names = [keys.feed(each) for each in due]
        times = [self._heard_us[each] for each in due]
        replies = self._link.roundtrip(
            [command(key, "SET", key, at, "PX", _KEPT_MS) for key, at in zip(names, times, strict=True)]
        )
        self._written_s |= dict.fromkeys(due, time.monotonic())
        for source, key, reply in zip(due, names, replies, strict=True):
            del self._heard_us[source]
            if isinstance(reply, ResponseError) and self._complaints.take(1):
                logger.error("Redis refuses %s: %s", key, reply)
        self._due_s = min((self._written_s[name] + EVERY_S for name in self._heard_us), default=math.inf)
