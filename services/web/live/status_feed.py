"""The live stream of how everything is: the services and Redis, once a second."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from services.web.live import sse
from services.web.live.fanout import Client
from services.web.live.publisher import Publisher
from services.web.state.service_states import StatesReader
from services.web.state.status import read_status
from shared.redis.server_clock import ServerClock

_EVERY_S: Final = 1.0


class StatusFeed(Publisher):
    """Publishes the status, also while Redis is away.

    Args:
        states: reads what the services say.
        clock: says when.
    """

    def __init__(self, states: StatesReader, clock: ServerClock) -> None:
        super().__init__()
        self._states, self._clock = states, clock
        self._current = b""

    async def start(self) -> None:
        """See `Publisher.start`."""
        self._current = await self._read()

    async def turn(self) -> None:
        """See `Publisher.turn`."""
        await asyncio.sleep(_EVERY_S)
        self._current = await self._read()
        self.publish(self._current)

    async def opening(self, client: Client) -> AsyncIterator[bytes]:
        """What a client gets first: the status."""
        await self.started.wait()
        self.channel.clients.add(client)
        yield self._current

    async def _read(self) -> bytes:
        status = await read_status(self._states, self._clock)
        return sse.event("status", status.model_dump_json(exclude_none=True).encode())
