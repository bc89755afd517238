"""Waiting for a Redis that is away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from redis import exceptions

from market_spread.asking.cancellation import HeedCancellation
from market_spread.waiting.backoff import Backoff
from market_spread.waiting.outage_log import OutageLog

logger = logging.getLogger(__name__)

_FIRST_WAIT_S: Final = 0.05
_LONGEST_WAIT_S: Final = 0.5

Errors = tuple[type[Exception], ...]

_AWAY: Final[Errors] = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.ClusterDownError,
    exceptions.TryAgainError,
    exceptions.ReadOnlyError,
    exceptions.RedisClusterException,
    OSError,
)
_REFUSED: Final[Errors] = (exceptions.AuthenticationError, exceptions.NoPermissionError)

Result = TypeVar("Result")


class Outage:
    """Asks again and again while Redis is away; says once that it is away, and once that it is back.

    A refusal (a wrong password, a right that is missing) is an error at the start; later it is waited for,
    because whoever changes users or passwords does so while programs run.

    Args:
        away: what is raised by whoever asks while Redis is away.
        refused: what is raised when it refuses; redis-py's errors, both, if nothing else is said.
    """

    def __init__(self, away: Errors = _AWAY, refused: Errors = _REFUSED) -> None:
        self._away, self._refused = away, refused
        self._has_answered = False
        self._log = OutageLog(logger)
        self._backoff = Backoff(_FIRST_WAIT_S, _LONGEST_WAIT_S)

    async def wait_for(self, ask: Callable[[], Awaitable[Result]]) -> Result:
        """The answer to a question, as soon as there is one.

        Raises:
            AuthenticationError: Redis does not let us in, and never did.
            NoPermissionError: this user may not do this, and never might.
            ResponseError: what was asked makes no sense there, such as of a key that is no stream.
        """
        while True:
            try:
                async with HeedCancellation():
                    result = await ask()
            except self._refused as error:
                if not self._has_answered:
                    raise
                await self._wait(error)
            except self._away as error:
                await self._wait(error)
            else:
                self._answered()
                return result

    async def _wait(self, error: Exception) -> None:
        self._log.away("Redis is out of reach, alerts have to wait: %s", error)
        await asyncio.sleep(self._backoff.next_s())

    def _answered(self) -> None:
        self._log.back("Redis is back")
        self._backoff.restart()
        self._has_answered = True
