"""The API's own figures for Prometheus."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.live.event_stream import Streams
from services.web.live.fanout import Channel
from services.web.pages.page import STATIC
from shared.telemetry.histogram import Histogram
from shared.telemetry.metrics import build_info

_UNKNOWN: Final = "none"
_FILES: Final = f"{STATIC}/{{path}}"
_POWERS: Final = range(8, 25)  # 256 us to 17 s
_SECOND_US: Final = 1e6


class WebMetrics(Collector):
    """What the API counts.

    Args:
        streams: the open ones.
        channels: what they read, by name.
    """

    def __init__(self, streams: Streams, channels: Mapping[str, Channel]) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        """Answered requests by route and status."""
        self.took_us: dict[str, Histogram] = {}
        """By route: from the request to the beginning of its answer."""
        self._streams = streams
        self._channels = channels

    def answered(self, route: str, status: int, took_us: int) -> None:
        """Count a request whose answer begins."""
        self.requests[route, status] += 1
        if route not in self.took_us:
            self.took_us[route] = Histogram()
        self.took_us[route].record(took_us)

    def render(self) -> bytes:
        """All metrics in Prometheus' text format."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        yield build_info()
        requests = CounterMetricFamily(
            "market_spread_http_requests", "Requests by route and status.", labels=["route", "status"]
        )
        for (route, status), count in sorted(self.requests.items()):
            requests.add_metric([route, str(status)], count)
        yield requests
        yield self._times()
        backlog = self._streams.backlog
        yield GaugeMetricFamily("market_spread_streams", "Open streams.", value=len(self._streams))
        yield GaugeMetricFamily(
            "market_spread_waiting_bytes", "What waits for clients to take it: bytes.", value=backlog.size
        )
        yield CounterMetricFamily(
            "market_spread_stalled_clients",
            "Clients dropped for reading nothing while others needed the room.",
            value=backlog.dropped,
        )
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

    def _times(self) -> HistogramMetricFamily:
        family = HistogramMetricFamily(
            "market_spread_http_request_seconds",
            "From a request to the beginning of its answer.",
            labels=["route"],
        )
        for route, times in sorted(self.took_us.items()):
            buckets = [(repr(2**power / _SECOND_US), float(times.up_to(power))) for power in _POWERS]
            buckets.append(("+Inf", float(times.total)))
            family.add_metric([route], buckets, sum_value=times.sum / _SECOND_US)
        return family


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
        began_ns = time.monotonic_ns()

        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                took_us = (time.monotonic_ns() - began_ns) // 1000
                self._metrics.answered(_route_of(scope), message["status"], took_us)
            await send(message)

        await self._app(scope, receive, count)


def _route_of(scope: Scope) -> str:
    """The label of a request's route: one of few, whatever is asked for."""
    if scope["path"].startswith(f"{STATIC}/"):
        return _FILES
    path: str = getattr(scope.get("route"), "path", _UNKNOWN)
    return path


def metrics_route(metrics: WebMetrics) -> APIRouter:
    """`GET /metrics`."""
    router = APIRouter(tags=["operation"])

    @router.get("/metrics", response_class=Response, summary="Figures for Prometheus")
    async def render() -> Response:
        """The API's own figures; the services have theirs at their `--metrics` addresses."""
        return Response(metrics.render(), media_type=CONTENT_TYPE_LATEST)

    return router
