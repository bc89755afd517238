"""The HTTP routes that stream server-sent events."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Request
from pydantic import AfterValidator, WithJsonSchema

from market_spread import stream_id
from market_spread.stream_id import StreamId
from services.orders.alerts.filter import AlertFilter
from services.orders.alerts.query import stream_filter
from services.web.live import sse
from services.web.live.alert_feed import AlertFeed
from services.web.live.event_stream import EventStream, Opening, Streams
from services.web.live.fanout import Client
from services.web.live.status_feed import StatusFeed
from services.web.live.symbol_feed import SymbolFeed
from shared.redis.aio.link import AsyncLink
from shared.redis.link import command

_AFTER: Final = (
    "Go on after this alert: the ID of the last event that arrived; `0` for all that there are; empty: only "
    "what comes from now on."
)
_EVENTS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Server-sent events", "content": {sse.MEDIA_TYPE: {"schema": {"type": "string"}}}}
}


def _check_id_or_empty(text: str) -> str:
    if text:
        StreamId.parse(text)
    return text


_Position = Annotated[
    str,
    AfterValidator(_check_id_or_empty),
    WithJsonSchema({"type": "string", "pattern": f"^$|{stream_id.PATTERN}"}),
]
After = Annotated[_Position, Query(description=_AFTER)]
LastEventId = Annotated[
    _Position, Header(description="The same; browsers send it when they come back, and it counts more.")
]


def stream_routes(
    link: AsyncLink, streams: Streams, alerts: AlertFeed, symbols: SymbolFeed, status: StatusFeed
) -> APIRouter:
    """`GET /stream/alerts`, `GET /stream/symbols` and `GET /stream/live`.

    Args:
        link: to Redis.
        streams: where open streams are listed.
        alerts: the feed of alerts.
        symbols: the feed of symbols.
        status: the feed of how everything is.
    """

    async def redis_is_there() -> None:
        """Refuse before the stream starts: once it has, there is no way to say 503."""
        await link.roundtrip([command("", "PING")])

    router = APIRouter(prefix="/stream", tags=["streams"], dependencies=[Depends(redis_is_there)])

    @router.get(
        "/alerts",
        response_class=EventStream,
        status_code=200,
        responses=_EVENTS,
        summary="Alerts as they come",
    )
    async def stream_alerts(
        request: Request,
        only: Annotated[AlertFilter, Depends(stream_filter)],
        after: After = "",
        last_event_id: LastEventId = "",
    ) -> EventStream:
        """`event: alert`, its `id` the alert's, its data the JSON of an `Alert`.

        Filters are those of `GET /alerts`. A stream with a filter also sends `event: position` with an `id`
        every 15 seconds, so that a client goes on from there however rare its alerts are.

        A client that comes back with `Last-Event-ID` (or `after`) gets all that it missed first. If some of
        that is gone, `event: gap` without ID comes first; its data say `from` which ID `to` which.
        """
        opening = alerts.opening(_position(after, last_event_id), only)
        return EventStream(request, streams, (alerts,), opening)

    @router.get(
        "/symbols",
        response_class=EventStream,
        status_code=200,
        responses=_EVENTS,
        summary="Symbols as they change",
    )
    async def stream_symbols(request: Request) -> EventStream:
        """`event: snapshot` with all symbols, then `event: symbols` with those that changed.

        The data of both: `{"symbols": [...]}`. Changes are conflated to four times a second.
        """
        return EventStream(request, streams, (symbols,), symbols.opening)

    @router.get(
        "/live",
        response_class=EventStream,
        status_code=200,
        responses=_EVENTS,
        summary="All of it on one connection",
    )
    async def stream_live(
        request: Request,
        after: After = "",
        last_event_id: LastEventId = "",
    ) -> EventStream:
        """The events of both other streams, and once a second `event: status` with a `Status`.

        This is what the live page reads: a browser opens six connections to a server at most.
        """
        opening = _one_after_another(
            status.opening, symbols.opening, alerts.opening(_position(after, last_event_id))
        )
        return EventStream(request, streams, (alerts, symbols, status), opening)

    return router


def _position(after: str, last_event_id: str) -> StreamId | None:
    """Where to go on: what the client has got since it connected first counts more than what it asked for."""
    text = last_event_id or after
    return StreamId.parse(text) if text else None


def _one_after_another(*openings: Opening) -> Opening:
    async def opened(client: Client) -> AsyncIterator[bytes]:
        for opening in openings:
            async for chunk in opening(client):
                yield chunk

    return opened
