"""Routes that show the published limits."""

import json
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from services.orders.alerts.query import FullEntryId
from services.web.limits.version_answers import LimitsInForce, LoggedChange, LogPage, StoredVersion
from services.web.limits.version_reader import VersionReader
from shared.redis.aio.gate import Gate

_MOST: Final = 1000
HIGHEST: Final = 10**15 - 1


def version_routes(reader: VersionReader, pages: Gate) -> APIRouter:
    """`GET /limits`, `GET /limits/log` and `GET /limits/{version}`.

    Args:
        reader: of versions.
        pages: passed by requests for a page.
    """
    router = APIRouter(tags=["limits"])

    @router.get("/limits", summary="Which limits are in force")
    async def get_limits() -> LimitsInForce:
        """The versions that are active and in the shadow, and what is damaged."""
        async with pages:
            return await LimitsInForce.read(reader)

    @router.get("/limits/log", summary="What was done to the limits")
    async def get_log(
        limit: Annotated[int, Query(ge=1, le=_MOST, description="How many at most.")] = 100,
        before: Annotated[FullEntryId | None, Query(description="Only older ones: `next`.")] = None,
    ) -> LogPage:
        """Who published and activated what, when and why, newest first."""
        async with pages:
            entries = await reader.log(limit + 1, before)
            page = [LoggedChange.of(each) for each in entries[:limit]]
            return LogPage(log=page, next=page[-1].id if len(entries) > limit else None)

    @router.get("/limits/{version:int}", summary="One version")
    async def get_version(
        version: Annotated[int, Path(ge=1, le=HIGHEST, description="Its number.")],
    ) -> StoredVersion:
        """A published version with everything filled in."""
        async with pages:
            found = await reader.version(version)
            number, sha256 = found.pointer
            return StoredVersion(version=number, sha256=sha256, limits=json.loads(found.text))

    return router
