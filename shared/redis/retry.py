"""Holding everything back while a step cannot be done: the same step again, with bounded backoff.

What a step found may no longer be so if a connection was made anew meanwhile: another server, or the same
with older data, may be behind it. So a new connection raises a doubt, and before the result of a step is
believed the doubt is settled, by a look at what Redis still has.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from market_spread.waiting.backoff import Backoff
from market_spread.waiting.outage_log import OutageLog
from shared.redis.link import CannotProceed, IdleConnectionClosed, RedisLink, RedisRefused, RedisUnavailable

logger = logging.getLogger(__name__)

_FIRST_WAIT_S: Final = 0.02
_LONGEST_WAIT_S: Final = 0.5

Result = TypeVar("Result")
Failures = type[RedisUnavailable] | tuple[type[RedisUnavailable], ...]


class StopRequested(Exception):
    """Redis stayed away until it was time to stop."""


class Doubt:
    """Whether Redis may have less than was written to it."""

    def __init__(self) -> None:
        self.is_raised = False

    def raise_(self, *_: object) -> None:
        """Something was found that may mean a loss, such as a new connection."""
        self.is_raised = True


class RedisRetry:
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
        links: Sequence[RedisLink] = (),
        doubt: Doubt | None = None,
    ) -> None:
        self._is_over = is_over
        self._on_failure = on_failure
        self._links = links
        self.doubt = doubt or Doubt()
        self.settle_doubt: Callable[[], None] = lambda: None
        """Looks at what Redis still has; a step, which may be run again."""
        self.gives_up_on: Failures = ()
        """Failures that are always raised at once, whatever the step is."""
        self._log = OutageLog(logger)
        self._was_away = False
        self.waits_for: str | None = None
        """What is in the way, while something is."""
        self.while_holding: Callable[[], None] = lambda: None
        """Called after each failure for which Redis was there; it must not retry anything itself."""
        self.while_waiting: Callable[[], None] = lambda: None
        """Called after every failure; it must not speak to Redis at all."""

    def __call__(self, step: Callable[[], Result], *, not_on: Failures = ()) -> Result:
        """Run a step that may be run again; if it has raised a doubt, settle that.

        Args:
            step: what to run.
            not_on: failures that are raised at once, because waiting for them would hold up others.

        Raises:
            StopRequested: it did not work, and it was time to stop.
        """
        result = self._run(step, not_on)
        while self.doubt.is_raised:
            self._run(self._settle, not_on)
        return result

    def _run(self, step: Callable[[], Result], not_on: Failures) -> Result:
        try:
            result = step()
        except RedisUnavailable as error:
            result = self._run_again(step, error, not_on)
        if self.waits_for is not None:
            self._over()
        return result

    def _settle(self) -> None:
        self.doubt.is_raised = False  # first: a connection that is made while looking raises it again
        try:
            self.settle_doubt()
        except RedisUnavailable:
            self.doubt.is_raised = True
            raise

    def _run_again(self, step: Callable[[], Result], error: RedisUnavailable, not_on: Failures) -> Result:
        """Run a step that has failed until it works."""
        backoff = Backoff(_FIRST_WAIT_S, _LONGEST_WAIT_S)
        if isinstance(
            error, IdleConnectionClosed
        ):  # nothing is wrong with Redis: at once on a new connection
            try:
                return step()
            except RedisUnavailable as another:
                error = another
        while True:
            if isinstance(error, (not_on, self.gives_up_on)):
                raise error
            self._failed(error)
            if not self._is_over():
                time.sleep(backoff.next_s())
            if self._is_over():
                raise StopRequested from error
            try:
                return step()
            except RedisUnavailable as another:
                error = another

    def _over(self) -> None:
        self.waits_for = None
        self._log.back("Redis is back, going on" if self._was_away else "going on")
        self._was_away = False

    def _failed(self, error: RedisUnavailable) -> None:
        self._on_failure()
        self.waits_for = str(error)
        lead = ""
        if isinstance(error, CannotProceed):
            self.while_holding()
        else:
            self._was_away = True
            lead = "Redis refuses this service, " if isinstance(error, RedisRefused) else "Redis is away, "
            for link in self._links:
                link.close()
        self._log.away("%sholding everything back: %s", lead, error)
        self.while_waiting()
