"""The HTTP routes of what the services say of themselves."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel

from market_spread.stream_id import StreamId
from services.orders.alerts.query import EntryId
from services.web.state.service_states import Role, StatesReader, Stats
from services.web.state.status import Status, read_status
from shared.redis.aio.gate import Gate
from shared.redis.server_clock import ServerClock

_MOST: Final = 10_000


class StatsPage(BaseModel):
    """Figures of the past, oldest first."""

    role: Role
    stats: list[Stats]


def status_routes(states: StatesReader, clock: ServerClock, pages: Gate) -> APIRouter:
    """`GET /status` and `GET /stats/{role}`.

    Args:
        states: reads what the services say.
        clock: says when.
        pages: passed by requests for a page.
    """
    router = APIRouter(tags=["operation"])

    @router.get("/status", summary="The running services and Redis")
    async def get_status() -> Status:
        """What each running service says of itself, refreshed every second.

        A service that is not listed has not refreshed its figures for 5 seconds.
        """
        return await read_status(states, clock)

    @router.get("/stats/{role}", summary="A service's figures of the past hour")
    async def get_stats(
        role: Role,
        after: Annotated[
            EntryId, Query(description="Only figures after this ID, or this millisecond.")
        ] = "0",
        limit: Annotated[int, Query(ge=1, le=_MOST, description="The newest so many.")] = 600,
    ) -> StatsPage:
        """Rates and latencies second by second, oldest first, for charts."""
        async with pages:
            return StatsPage(role=role, stats=await states.stats(role, StreamId.parse(after), limit))

    return router
