"""A gate for asyncio: so many do something at once, others queue, and a queue that is full turns away."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from shared.redis.link import RedisAway, RedisRefused


class Overloaded(Exception):
    """More is asked for than may queue; Redis was not asked, so this says nothing about it."""


class Gate:
    """Lets so many in at once, in the order in which they came.

    Whoever fails inside because Redis is away ends the wait of all who queue, with the same error: they would
    wait for their turn only to find out the same.

    Args:
        at_once: how many may be inside.
        queue: how many more may wait; None: all.
        until: waited for by whoever is let in, before it goes on.
    """

    def __init__(
        self, at_once: int, queue: int | None = None, until: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._free = at_once
        self._queue = queue
        self._until = until
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> Self:
        await self._enter()
        if self._until is not None:
            try:
                await self._until()
            except BaseException:
                self._leave()
                raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, RedisAway) and not isinstance(error, RedisRefused):
            while self._waiting:
                turn = self._waiting.popleft()
                if not turn.done():
                    turn.set_exception(RedisAway(str(error)))
        self._leave()

    async def _enter(self) -> None:
        if self._free:
            self._free -= 1
            return
        if self._queue is not None and len(self._waiting) >= self._queue:
            raise Overloaded("too many requests at once")
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._leave()  # cancelled just after it was let in
            raise

    def _leave(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
