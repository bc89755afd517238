"""The live stream of how everything is: the services and Redis, once a second."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final, Literal

from pydantic import BaseModel, Field

from services.web.live import sse
from services.web.live.fanout import Client
from services.web.live.publisher import Feed
from services.web.operation.service_states import ServiceState, StatesReader
from shared.base.iso_time import iso_utc
from shared.redis.link import RedisAway, RedisRefused
from shared.redis.server_clock import ServerClock

_EVERY_S: Final = 1.0


class RedisState(BaseModel):
    """How Redis is, seen from the API."""

    state: Literal["ok", "away", "refused"] = Field(
        description="`away`: it does not answer. `refused`: it does, but does not let the API in, or not do "
        "what it needs."
    )
    detail: str | None = Field(default=None, description="How it fails.")
    roundtrip_ms: float | None = Field(
        default=None, description="What a read of all this took: milliseconds."
    )


class Status(BaseModel):
    """How everything is now."""

    at: int = Field(description="Microseconds since the Unix epoch, by the data server's clock.")
    at_iso: str = Field(description="The same, UTC: `2026-11-25T14:30:00.123456Z`.")
    redis: RedisState
    services: list[ServiceState] = Field(description="The services that run; empty while Redis is away.")


async def read_status(states: StatesReader, clock: ServerClock) -> Status:
    """How everything is now; Redis away is a state and no error."""
    began = time.monotonic()
    services: list[ServiceState] = []
    try:
        services = await states.services()
    except RedisRefused as error:
        redis = RedisState(state="refused", detail=str(error))
    except RedisAway as error:
        redis = RedisState(state="away", detail=str(error))
    else:
        redis = RedisState(state="ok", roundtrip_ms=round((time.monotonic() - began) * 1000, 3))
    at = clock.now_us()
    return Status(at=at, at_iso=iso_utc(at), redis=redis, services=services)


class StatusFeed(Feed):
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
        """See `Feed.start`."""
        self._current = await self._read()

    async def turn(self) -> None:
        """See `Feed.turn`."""
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
