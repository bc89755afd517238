"""The API's own figures for Prometheus."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.event_stream import Streams
from services.web.fanout import Channel

_UNKNOWN: Final = "none"


class WebMetrics(Collector):
    """What the API counts.

    Args:
        streams: the open ones.
        channels: what they read, by name.
    """

    def __init__(self, streams: Streams, channels: Mapping[str, Channel]) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        """Answered requests by route and status."""
        self._streams = streams
        self._channels = channels

    def render(self) -> bytes:
        """All metrics in Prometheus' text format."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        requests = CounterMetricFamily(
            "market_spread_http_requests", "Requests by route and status.", labels=["route", "status"]
        )
        for (route, status), count in sorted(self.requests.items()):
            requests.add_metric([route, str(status)], count)
        yield requests
        yield GaugeMetricFamily("market_spread_streams", "Open streams.", value=len(self._streams))
        chunks = CounterMetricFamily(
            "market_spread_stream_chunks", "Chunks of events published.", labels=["channel"]
        )
        dropped = CounterMetricFamily(
            "market_spread_slow_clients", "Clients dropped for reading too slowly.", labels=["channel"]
        )
        for name, channel in self._channels.items():
            chunks.add_metric([name], channel.published)
            dropped.add_metric([name], channel.dropped)
        yield from (chunks, dropped)


class CountRequests:
    """Middleware that counts requests when their answer begins.

    Args:
        app: what answers.
        metrics: where they are counted.
    """

    def __init__(self, app: ASGIApp, metrics: WebMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See `starlette.types.ASGIApp`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", _UNKNOWN)
                self._metrics.requests[route, message["status"]] += 1
            await send(message)

        await self._app(scope, receive, count)


def metrics_route(metrics: WebMetrics) -> APIRouter:
    """`GET /metrics`."""
    router = APIRouter(tags=["operation"])

    @router.get("/metrics", response_class=Response, summary="Figures for Prometheus")
    async def render() -> Response:
        """The API's own figures; the services have theirs at their `--metrics` addresses."""
        return Response(metrics.render(), media_type=CONTENT_TYPE_LATEST)

    return router
