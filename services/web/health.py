"""`/health/live` and `/health/ready`."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from services.web.problems import ProblemResponse, described, problem
from shared.async_link import AsyncLink
from shared.redis_link import RedisAway, command


class Health(BaseModel):
    """All is well."""

    status: Literal["ok"] = "ok"


def health_routes(link: AsyncLink) -> APIRouter:
    """The health routes; they ask for no token.

    Args:
        link: to Redis.
    """
    router = APIRouter(prefix="/health", tags=["operation"])

    @router.get("/live", summary="Is the process alive?")
    async def live() -> Health:
        """Always 200 while the process serves at all."""
        return Health()

    @router.get("/ready", response_model=Health, responses=described(503), summary="Can it answer?")
    async def ready() -> Health | ProblemResponse:
        """200, or 503 with the failing part in `failing`."""
        try:
            await link.roundtrip([command("", "PING")])
        except RedisAway as error:
            return problem(503, "not ready: redis", failing={"redis": str(error)})
        return Health()

    return router
