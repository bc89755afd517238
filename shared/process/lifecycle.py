"""Starting and stopping a process: signals, addresses that are taken, Redis that is not there yet."""

import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn, TypeVar

from market_spread.waiting.backoff import Backoff
from shared.redis.link import RedisLink, RedisRefused, RedisUnavailable, command
from shared.redis.retry import RedisRetry, StopRequested

logger = logging.getLogger(__name__)

_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 1.5
_LAST_ATTEMPT_S: Final = 12.0
"""At the start: between attempts to reach Redis, and when the last one begins (it may take 2 s to fail)."""

Listener = TypeVar("Listener")


class CannotStart(Exception):
    """The service cannot start; the text says why and what to do.

    Args:
        text: one line.
        exit_code: 2 for a wrong setting, 1 for the world's fault.
    """

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code


class Stop:
    """Set by SIGTERM or Ctrl-C; a second one ends the process at once."""

    def __init__(self) -> None:
        self.at: float | None = None
        """When it was asked for (monotonic clock)."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if self.at is not None:
            self._end()
        self.at = time.monotonic()

    def _end(self) -> NoReturn:
        """End the process at once; called by the handler alone, so that one signal may interrupt another."""
        sys.exit(1)

    def longer_ago_than(self, seconds: float) -> bool:
        """Whether it was asked for so long ago."""
        return self.at is not None and time.monotonic() - self.at > seconds


def bound(what: str, flag: str, make: Callable[[], Listener]) -> Listener:
    """Make something that listens.

    Raises:
        CannotStart: the address cannot be listened on.
    """
    try:
        return make()
    except OSError as error:
        reason = (error.strerror or str(error)).split(" (")[0]
        raise CannotStart(f"cannot listen for {what}: {reason}; choose another {flag}", 2) from error


def reach(link: RedisLink, attempts: int, stop: Stop) -> None:
    """Wait for Redis at the start.

    Raises:
        CannotStart: it did not answer in so many attempts, or refuses us.
        StopRequested: it was time to stop.
    """
    last_at, backoff = time.monotonic() + _LAST_ATTEMPT_S, Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
    for attempt in range(1, attempts + 1):
        try:
            link.roundtrip([command("", "PING")])
        except RedisRefused as error:
            raise CannotStart(f"Redis refuses this service: {error}", 2) from error
        except RedisUnavailable as error:
            logger.warning("Redis is out of reach, attempt %d of %d: %s", attempt, attempts, error)
            wait_s = backoff.next_s()
            if stop.at is None and (attempt == attempts or time.monotonic() + wait_s > last_at):
                raise CannotStart(f"Redis is out of reach: {error}; see --redis", 1) from error
            if stop.at is None:
                time.sleep(wait_s)
            if stop.at is not None:
                raise StopRequested from error
        else:
            return


@contextmanager
def refusals_end_the_start(retry: RedisRetry) -> Iterator[None]:
    """While a service starts, Redis' refusing it is no failure to wait out; later an operator may mend it.

    Raises:
        CannotStart: Redis refuses what is tried inside.
    """
    retry.gives_up_on = RedisRefused
    try:
        yield
    except RedisRefused as error:
        raise CannotStart(f"Redis refuses this service: {error}", 2) from error
    finally:
        retry.gives_up_on = ()
