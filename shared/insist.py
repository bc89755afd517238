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
                self._on_failure()
                for link in () if isinstance(error, Holding) else self._links:
                    link.close()
                was_waiting, self.waits_for = self.waits_for is not None, str(error)
                if not was_waiting:
                    lead = "" if isinstance(error, Holding) else "Redis is away, "
                    logger.warning("%sholding everything back: %s", lead, error)
            else:
                was_waiting, self.waits_for = self.waits_for is not None, None
                if was_waiting:
                    logger.warning("Redis is back after %.1f s, going on", time.monotonic() - since)
                return result
            if self._is_over():
                raise GaveUp
            time.sleep(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
