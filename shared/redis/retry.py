"""Holding everything back while a step cannot be done: the same step again, with bounded backoff.

What a step found may no longer be so if a connection was made anew meanwhile: another server, or the same
with older data, may be behind it. So a new connection raises a doubt, and before the result of a step is
believed the doubt is settled, by a look at what Redis still has.
"""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, TypeVar

from shared.redis.link import Holding, IdleConnectionClosed, Link, RedisAway, RedisRefused

logger = logging.getLogger(__name__)

_FIRST_WAIT_S: Final = 0.02
_LONGEST_WAIT_S: Final = 0.5

Result = TypeVar("Result")
Failures = type[RedisAway] | tuple[type[RedisAway], ...]


class GaveUp(Exception):
    """Redis stayed away until it was time to stop."""


class Doubt:
    """Whether Redis may have less than was written to it."""

    def __init__(self) -> None:
        self.is_raised = False

    def raise_(self, *_: object) -> None:
        """Something was found that may mean a loss, such as a new connection."""
        self.is_raised = True


class Insistence:
    """Runs steps against Redis until they work; says once that it waits and once that it is over.

    Args:
        is_over: whether to give up (asked while waiting).
        on_failure: called with each failure.
        links: closed when Redis is away, so that what one has found out need not be found out by the other.
        doubt: raised by new connections.
    """

    def __init__(
        self,
        is_over: Callable[[], bool],
        on_failure: Callable[[], None],
        links: Sequence[Link] = (),
        doubt: Doubt | None = None,
    ) -> None:
        self._is_over = is_over
        self._on_failure = on_failure
        self._links = links
        self.doubt = doubt or Doubt()
        self.settle_doubt: Callable[[], None] = lambda: None
        """Looks at what Redis still has; a step, which may be run again."""
        self.waits_for: str | None = None
        """What is in the way, while something is."""
        self.while_holding: Callable[[], None] = lambda: None
        """Called after each failure for which Redis was there; it must not insist on anything itself."""

    def __call__(self, step: Callable[[], Result], *, not_on: Failures = ()) -> Result:
        """Run a step that may be run again; if it has raised a doubt, settle that.

        Args:
            step: what to run.
            not_on: failures that are raised at once, because waiting for them would hold up others.

        Raises:
            GaveUp: it did not work, and it was time to stop.
        """
        result = self._run(step, not_on)
        while self.doubt.is_raised:
            self._run(self._settle, not_on)
        return result

    def _settle(self) -> None:
        self.doubt.is_raised = False  # first: a connection that is made while looking raises it again
        try:
            self.settle_doubt()
        except RedisAway:
            self.doubt.is_raised = True
            raise

    def _run(self, step: Callable[[], Result], not_on: Failures) -> Result:
        since, wait_s = time.monotonic(), _FIRST_WAIT_S
        while True:
            try:
                with suppress(IdleConnectionClosed):  # nothing is wrong with Redis: at once on a new one
                    return self._done(step(), since)
                return self._done(step(), since)
            except RedisAway as error:
                if isinstance(error, not_on):
                    raise
                self._failed(error)
            if not self._is_over():
                time.sleep(wait_s)
            if self._is_over():
                raise GaveUp
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    def _done(self, result: Result, since: float) -> Result:
        was_waiting, self.waits_for = self.waits_for is not None, None
        if was_waiting:
            logger.warning("Redis is back after %.1f s, going on", time.monotonic() - since)
        return result

    def _failed(self, error: RedisAway) -> None:
        self._on_failure()
        was_waiting, self.waits_for = self.waits_for is not None, str(error)
        lead = ""
        if isinstance(error, Holding):
            self.while_holding()
        else:
            lead = "Redis refuses this service, " if isinstance(error, RedisRefused) else "Redis is away, "
            for link in self._links:
                link.close()
        if not was_waiting:
            logger.warning("%sholding everything back: %s", lead, error)
