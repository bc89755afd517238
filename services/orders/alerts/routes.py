"""The HTTP routes of alerts."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Response

from market_spread.stream_id import StreamId
from services.orders.alerts.filter import AlertFilter
from services.orders.alerts.history import AlertHistory, Wanted
from services.orders.alerts.published import Alert, AlertPage, to_json
from services.orders.alerts.query import EntryId, FullEntryId, Time, first_at, history_filter
from shared.redis.aio.gate import Gate

_MOST: Final = 1000
_JSON: Final = "application/json"


def alert_routes(history: AlertHistory, pages: Gate, scans: Gate) -> APIRouter:
    """`GET /alerts` and `GET /alerts/{id}`.

    Args:
        history: of the alerts.
        pages: passed by requests for a page.
        scans: passed by those that have to look for what they want.
    """
    router = APIRouter(tags=["alerts"])

    @router.get("/alerts", response_model=AlertPage, summary="Alerts, page by page")
    async def list_alerts(
        *,
        limit: Annotated[int, Query(ge=1, le=_MOST, description="How many at most.")] = 100,
        after: Annotated[
            EntryId | None, Query(description="Only alerts after this one, oldest first; `0` for all.")
        ] = None,
        before: Annotated[EntryId | None, Query(description="Only alerts before this one.")] = None,
        since: Annotated[
            Time | None,
            Query(
                description="Only alerts from this time on, by their IDs: ISO 8601, UTC unless it has a "
                "zone, or whole microseconds since 1970."
            ),
        ] = None,
        until: Annotated[Time | None, Query(description="Only alerts before this time, likewise.")] = None,
        only: Annotated[AlertFilter, Depends(history_filter)],
    ) -> Response:
        """Newest first, or oldest first when `after` is given.

        With both `after` and `before` the alerts between the two. With a filter (`symbol`, `account`,
        `reason`, `side`, `order_id`, `source`) a request looks at no more than 10,000 alerts: a page may be
        short or empty and still have a `next`. Different filters have to fit all.
        """
        ends = [each for each in (_parse(before), first_at(until)) if each is not None]
        wanted = Wanted(limit, _parse(after), min(ends, default=None), first_at(since), only)
        async with pages if only.wants_all else scans:
            page = await history.page(wanted)
            return Response(page.model_dump_json(), media_type=_JSON)

    @router.get("/alerts/{alert_id}", response_model=Alert, summary="One alert")
    async def get_alert(
        alert_id: Annotated[
            FullEntryId, Path(description="The alert's ID, `<ms>-<n>`.", examples=["1450708200123-0"])
        ],
    ) -> Response:
        """The alert with this ID; a 404 says in `trimmed` whether it may have been there once."""
        alert = await history.one(StreamId.parse(alert_id))
        return Response(to_json(alert), media_type=_JSON)

    return router


def _parse(text: str | None) -> StreamId | None:
    return None if text is None else StreamId.parse(text)
