"""The HTTP routes of alerts."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from market_spread.stream_id import StreamId
from services.orders.alerts import csv_text
from services.orders.alerts.entry_time import first_at
from services.orders.alerts.filter import AlertFilter
from services.orders.alerts.history import AlertHistory, Wanted
from services.orders.alerts.published import Alert, AlertPage, to_json
from services.orders.alerts.query import EntryId, FullEntryId, Time, history_filter
from shared.redis.aio.gate import Gate

_MOST: Final = 1000
_JSON: Final = "application/json"
_CSV: Final = "text/csv"
_ALSO_CSV: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {_CSV: {"schema": {"type": "string"}}},
        "headers": {"Link": {"description": "Of CSV: the next page.", "schema": {"type": "string"}}},
    }
}


def alert_routes(history: AlertHistory, pages: Gate, scans: Gate) -> APIRouter:
    """`GET /alerts` and `GET /alerts/{id}`.

    Args:
        history: of the alerts.
        pages: passed by requests for a page.
        scans: passed by those that have to look for what they want.
    """
    router = APIRouter(tags=["alerts"])

    @router.get("/alerts", response_model=AlertPage, responses=_ALSO_CSV, summary="Alerts, page by page")
    async def list_alerts(
        *,
        request: Request,
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
        as_format: Annotated[
            Literal["json", "csv"],
            Query(alias="format", description="CSV has a header, and the next page in `Link`."),
        ] = "json",
        only: Annotated[AlertFilter, Depends(history_filter)],
    ) -> Response:
        """Newest first, or oldest first when `after` is given.

        With both `after` and `before` the alerts between the two. With a filter (`symbol`, `account`,
        `reason`, `side`, `order_id`, `source`, `class`) a request looks at no more than 10,000 alerts: a
        page may be short or empty and still have a `next`. Different filters have to fit all.
        """
        ends = [each for each in (_parse(before), _first_at(until)) if each is not None]
        wanted = Wanted(limit, _parse(after), min(ends, default=None), _first_at(since), only)
        async with pages if only.wants_all else scans:
            page = await history.page(wanted)
            if as_format == "csv":
                return _csv_answer(page, request, "before" if after is None else "after")
            return Response(page.model_dump_json(by_alias=True), media_type=_JSON)

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


def _csv_answer(page: AlertPage, request: Request, onwards: str) -> Response:
    """A page as CSV; `Link` names the next one relative to this one, so that it holds behind a proxy, too."""
    headers = {}
    if page.next is not None:
        query = request.url.include_query_params(**{onwards: page.next}).query
        headers["Link"] = f'<?{query}>; rel="next"'
    return Response(csv_text.header() + csv_text.rows(page.alerts), media_type=_CSV, headers=headers)


def _parse(text: str | None) -> StreamId | None:
    return None if text is None else StreamId.parse(text)


def _first_at(time: str | None) -> StreamId | None:
    return None if time is None else first_at(time)
