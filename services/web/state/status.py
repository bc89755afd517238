"""How everything is now: the services and Redis."""

import time
from typing import Literal

from pydantic import BaseModel, Field

from services.web.state.service_states import ServiceState, StatesReader
from shared.base.iso_time import iso_utc
from shared.redis.link import RedisRefused, RedisUnavailable
from shared.redis.server_clock import ServerClock


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
    except RedisUnavailable as error:
        redis = RedisState(state="away", detail=str(error))
    else:
        redis = RedisState(state="ok", roundtrip_ms=round((time.monotonic() - began) * 1000, 3))
    at = clock.now_us()
    return Status(at=at, at_iso=iso_utc(at), redis=redis, services=services)
