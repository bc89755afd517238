"""Holding everything back while a step cannot be done: the same step again, with bounded backoff."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from shared.redis_link import Holding, Link, RedisAway

logger = logging.getLogger(__name__)

_FIRST_WAIT_S: Final = 0.02
_LONGEST_WAIT_S: Final = 0.5

Result = TypeVar("Result")


class GaveUp(Exception):
    """Redis stayed away until it was time to stop."""


class Insistence:
    """Runs steps against Redis until they work; says once that it waits and once that it is over.

    Args:
        is_over: whether to give up (asked while waiting).
        on_failure: called with each failure.
        links: closed when Redis is away, so that what one has found out need not be found out by the other.
    """

    def __init__(
        self, is_over: Callable[[], bool], on_failure: Callable[[], None], links: Sequence[Link] = ()
    ) -> None:
        self._is_over = is_over
        self._on_failure = on_failure
        self._links = links
        self.waits_for: str | None = None
        """What is in the way, while something is."""
        self.while_holding: Callable[[], None] = lambda: None
        """Called after each failure for which Redis was there; it must not insist on anything itself."""

    def __call__(
        self, step: Callable[[], Result], *, not_on: type[RedisAway] | tuple[type[RedisAway], ...] = ()
    ) -> Result:
        """Run a step that may be run again.

        Args:
            step: what to run.
            not_on: failures that are raised at once, because waiting for them would hold up others.

        Raises:
            GaveUp: it did not work, and it was time to stop.
        """
        since, wait_s = time.monotonic(), _FIRST_WAIT_S
        while True:
            try:
                result = step()
            except RedisAway as error:
                if isinstance(error, not_on):
                    raise
                self._failed(error)
            else:
                was_waiting, self.waits_for = self.waits_for is not None, None
                if was_waiting:
                    logger.warning("Redis is back after %.1f s, going on", time.monotonic() - since)
                return result
            if not self._is_over():
                time.sleep(wait_s)
            if self._is_over():
                raise GaveUp
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    def _failed(self, error: RedisAway) -> None:
        self._on_failure()
        was_waiting, self.waits_for = self.waits_for is not None, str(error)
        if isinstance(error, Holding):
            lead = ""
            self.while_holding()
        else:
            lead = "Redis is away, "
            for link in self._links:
                link.close()
        if not was_waiting:
            logger.warning("%sholding everything back: %s", lead, error)
