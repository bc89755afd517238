"""The HTTP routes of alerts."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import AfterValidator, WithJsonSchema

from services.orders.alert_history import AlertHistory, Wanted
from services.orders.published_alert import AlertPage
from shared import stream_id
from shared.stream_id import StreamId

_MOST: Final = 1000
_LARGEST_ACCOUNT: Final = 2**32 - 1


def _is_id(text: str) -> str:
    StreamId.parse(text)
    return text


EntryId = Annotated[
    str, AfterValidator(_is_id), WithJsonSchema({"type": "string", "pattern": stream_id.PATTERN})
]
"""A query parameter that is the ID of a stream entry."""


def alert_routes(history: AlertHistory) -> APIRouter:
    """`GET /alerts`.

    Args:
        history: of the alerts.
    """
    router = APIRouter(tags=["alerts"])

    @router.get("/alerts", summary="Alerts, page by page")
    async def list_alerts(
        *,
        limit: Annotated[int, Query(ge=1, le=_MOST, description="How many at most.")] = 100,
        after: Annotated[
            EntryId | None, Query(description="Only alerts after this one, oldest first; `0` for all.")
        ] = None,
        before: Annotated[EntryId | None, Query(description="Only alerts before this one.")] = None,
        symbol: Annotated[str | None, Query(description="Only alerts on this symbol.")] = None,
        account: Annotated[
            int | None, Query(ge=0, le=_LARGEST_ACCOUNT, description="Only alerts of this account.")
        ] = None,
    ) -> AlertPage:
        """Newest first, or oldest first when `after` is given.

        With both `after` and `before` the alerts between the two. With `symbol` or `account` a request looks
        at no more than 10,000 alerts: a page may be short or empty and still have a `next`.
        """
        return await history.page(
            Wanted(limit=limit, after=_parse(after), before=_parse(before), symbol=symbol, account=account)
        )

    return router


def _parse(text: str | None) -> StreamId | None:
    return None if text is None else StreamId.parse(text)
