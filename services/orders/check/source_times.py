"""When the sources of quotes were last heard of, so that a dead feed is told from a quiet market."""

import logging
import time
from collections.abc import Collection
from typing import Final

from redis.exceptions import ResponseError

from shared.base.integers import parse_uint
from shared.base.rate_limit import Allowance
from shared.market import keys
from shared.redis.link import RedisLink, Reply, command

logger = logging.getLogger(__name__)

EVERY_S: Final = 0.1
"""The ingestor writes a source's time no more often."""


class SourceTimes:
    """Looks at the times at most every 100 ms.

    What was learned longer ago is never gone by: so a checker that comes back from an outage of its own
    looks first.

    Args:
        link: to Redis.
    """

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._heard_us: dict[str, int | None] = {}
        self._until_s = 0.0
        """Until when they count (monotonic clock)."""
        self._complaints = Allowance(burst=5, per_second=1)

    def of(self, sources: Collection[str]) -> dict[str, int | None]:
        """When each of these sources was last heard of, and maybe others.

        Returns:
            microseconds since the Unix epoch; None for a source whose time is gone.

        Raises:
            RedisUnavailable: no answer; call again.
        """
        if time.monotonic() >= self._until_s:
            self._heard_us = {}
        new = [source for source in sources if source not in self._heard_us]
        if new:
            asked_s = time.monotonic()
            names = [keys.feed(source) for source in new]
            replies = self._link.roundtrip([command(name, "GET", name) for name in names])
            if not self._heard_us:
                self._until_s = asked_s + EVERY_S
            self._heard_us |= {
                source: self._time(*each) for source, *each in zip(new, names, replies, strict=True)
            }
        return self._heard_us

    def _time(self, key: str, reply: Reply) -> int | None:
        """A time as Redis has it; one that nobody can read is none, which is said."""
        found = None if isinstance(reply, ResponseError) else parse_uint(reply or b"")
        if found is None and reply is not None and self._complaints.take(1):
            logger.error("%s cannot be read: %s", key, reply)
        return found
