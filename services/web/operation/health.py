"""`/health/live` and `/health/ready`."""

import logging
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.web.http.problems import ProblemResponse, described, problem
from shared.redis.aio.link import AsyncLink
from shared.redis.link import RedisAway, RedisRefused, command
from shared.redis.server_facts import INFO, ServerFacts

logger = logging.getLogger(__name__)


class Health(BaseModel):
    """All is well."""

    status: Literal["ok"] = "ok"
    warnings: list[str] | None = Field(
        default=None,
        description="What works now, but should not stay as it is; left out where there is none.",
    )


class ServerCheck:
    """Asks Redis whether it is set up as it has to be, and warns in the log once.

    Args:
        link: to Redis.
    """

    def __init__(self, link: AsyncLink) -> None:
        self._link = link
        self._may_ask = True
        self._said: str | None = None

    async def warning(self) -> str | None:
        """What to warn of; None also where Redis does not let us ask, which we then do not do again.

        Raises:
            RedisAway: no answer.
        """
        if not self._may_ask:
            return None
        try:
            (info,) = await self._link.roundtrip([command("", *INFO)])
        except RedisRefused:
            self._may_ask = False
            return None
        warning = ServerFacts.parse(info).warning
        if warning not in {None, self._said}:
            logger.warning("%s", warning)
        self._said = warning
        return warning


def health_routes(link: AsyncLink) -> APIRouter:
    """The health routes; they ask for no token.

    Args:
        link: to Redis.
    """
    router = APIRouter(prefix="/health", tags=["operation"])
    server = ServerCheck(link)

    @router.get("/live", response_model_exclude_none=True, summary="Is the process alive?")
    async def live() -> Health:
        """Always 200 while the process serves at all."""
        return Health()

    @router.get(
        "/ready",
        response_model=Health,
        response_model_exclude_none=True,
        responses=described(503),
        summary="Can it answer?",
    )
    async def ready() -> Health | ProblemResponse:
        """200, or 503 with the failing part in `failing`. What should be changed is in `warnings`."""
        try:
            await link.roundtrip([command("", "PING")])
            warning = await server.warning()
        except RedisRefused as error:
            return problem(503, "not ready: redis", failing={"redis": f"Redis refuses: {error}"})
        except RedisAway as error:
            return problem(503, "not ready: redis", failing={"redis": str(error)})
        return Health(warnings=None if warning is None else [warning])

    return router
