"""What all feeds of the streams have in common: they run while somebody listens."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from market_spread.waiting.backoff import Backoff
from market_spread.waiting.outage_log import OutageLog
from services.web.live import sse
from services.web.live.fanout import Channel, Client
from shared.redis.aio.gate import Overloaded
from shared.redis.link import RedisRefused, RedisUnavailable

logger = logging.getLogger(__name__)

_FIRST_WAIT_S: Final = 0.1
_LONGEST_WAIT_S: Final = 0.5
_AFTER_FAILURE_S: Final = 1.0
_KEEP_ALIVE_S: Final = 15.0

Result = TypeVar("Result")


class Publisher(ABC):
    """Reads Redis and publishes what is new, once for all clients."""

    def __init__(self) -> None:
        self.channel = Channel()
        self.started = asyncio.Event()
        """Set while it is known where things stand."""
        self._users = 0
        self._task: asyncio.Task[None] | None = None
        self._published_at = 0.0
        self._log = OutageLog(logger)

    @asynccontextmanager
    async def running(self, client: Client) -> AsyncIterator[None]:
        """The feed runs at least as long as this context; at its end the client leaves the channel."""
        self._users += 1
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self.leave(client)
            self._users -= 1
            if not self._users:
                self._task.cancel()
                self._task = None
                self.started.clear()

    def clients(self) -> list[Client]:
        """Who gets what is published."""
        return list(self.channel.clients)

    def leave(self, client: Client) -> None:
        """A client gets nothing more."""
        self.channel.clients.discard(client)

    @abstractmethod
    async def start(self) -> None:
        """Somebody listens again: find out where things stand.

        Raises:
            RedisUnavailable: no answer.
        """

    @abstractmethod
    async def turn(self) -> None:
        """Wait for news and publish them.

        Raises:
            RedisUnavailable: no answer.
        """

    def publish(self, chunk: bytes) -> None:
        """Give a chunk to all clients."""
        self._published_at = asyncio.get_running_loop().time()
        self.channel.publish(chunk)

    async def retry(self, read: Callable[[], Awaitable[Result]]) -> Result:
        """Read from Redis, again and again until it answers; say when it is away and when it is back."""
        backoff = Backoff(_FIRST_WAIT_S, _LONGEST_WAIT_S)
        while True:
            try:
                result = await read()
            except Overloaded:  # our own requests are before us
                pass
            except RedisUnavailable as error:
                lead = "Redis refuses" if isinstance(error, RedisRefused) else "Redis is out of reach"
                self._log.away("%s, streams stand still: %s", lead, error)
                self.keep_alive()
            else:
                self._log.back("Redis is back, streams go on")
                return result
            await asyncio.sleep(backoff.next_s())

    async def _run(self) -> None:
        while True:
            try:
                await self.retry(self.start)
                self._published_at = asyncio.get_running_loop().time()
                self.started.set()
                while True:
                    await self.retry(self.turn)
                    self.keep_alive()
            except Exception:  # its clients cannot be served: they shall come again
                logger.exception("the feed of a stream failed")
                self.started.clear()
                for client in self.clients():
                    client.abort()
                await asyncio.sleep(_AFTER_FAILURE_S)

    def keep_alive(self) -> None:
        """Let clients know that the connection lives, when they have heard nothing for long."""
        if asyncio.get_running_loop().time() - self._published_at > _KEEP_ALIVE_S:
            self.publish(sse.KEEP_ALIVE)
