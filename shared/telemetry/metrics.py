"""A service's figures: plain numbers that its loop keeps, rendered for Prometheus when asked."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from shared.telemetry.histogram import Histogram

_LATENCY_POWERS: Final = range(5, 25)  # 32 us to 17 s
_BATCH_POWERS: Final = range(18)  # 1 to 131,072 frames
_SECOND_US: Final = 1e6


class ServiceMetrics(Collector):
    """What every service counts."""

    def __init__(self) -> None:
        self.redis_errors = 0

    def redis_failed(self) -> None:
        """Count a failed round trip to Redis."""
        self.redis_errors += 1

    def render(self) -> bytes:
        """All metrics in Prometheus' text format."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        yield CounterMetricFamily(
            "market_spread_redis_errors", "Failed round trips to Redis.", value=self.redis_errors
        )


class FeedMetrics(ServiceMetrics):
    """What both services with a feed count.

    Args:
        message: what a frame of the feed is called in the names of the metrics.
    """

    def __init__(self, message: str) -> None:
        super().__init__()
        self._message = message
        self.received = 0
        self.rejected: Counter[str] = Counter()
        self.connections = 0
        self.latency_us = Histogram()
        """From the bytes read to the batch in effect, of every frame."""
        self.batch_size = Histogram()
        self.stream_lag: dict[str, int] = {}
        """Entries that wait, by stream."""
        self.stream_trimmed = 0
        """Entries that were trimmed unread."""

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        yield from super().collect()
        prefix = f"market_spread_{self._message}"
        yield CounterMetricFamily(f"{prefix}s_received", "Frames received.", value=self.received)
        yield by_reason(f"{prefix}s_rejected", "Frames refused, by reason.", self.rejected)
        yield GaugeMetricFamily("market_spread_connections", "Connected senders.", value=self.connections)
        yield _histogram(
            f"{prefix}_latency_seconds",
            "From the bytes read to the batch in effect, of every frame.",
            self.latency_us, _LATENCY_POWERS, _SECOND_US,
        )  # fmt: skip
        yield _histogram("market_spread_batch_size", "Frames a batch.", self.batch_size, _BATCH_POWERS, 1)
        lag = GaugeMetricFamily("market_spread_stream_lag", "Entries waiting in a stream.", labels=["stream"])
        for stream, waiting in self.stream_lag.items():
            lag.add_metric([stream], waiting)
        yield lag
        yield CounterMetricFamily(
            "market_spread_stream_trimmed", "Entries trimmed from a stream unread.", value=self.stream_trimmed
        )


def by_reason(name: str, text: str, counts: Counter[str]) -> CounterMetricFamily:
    """A counter with the label `reason`."""
    family = CounterMetricFamily(name, text, labels=["reason"])
    for reason, count in sorted(counts.copy().items()):
        family.add_metric([reason], count)
    return family


def _histogram(
    name: str, text: str, histogram: Histogram, powers: range, unit: float
) -> HistogramMetricFamily:
    """A histogram with bounds at powers of two of what was recorded, shown in `unit`s."""
    buckets = [(repr(2**power / unit), float(histogram.up_to(power))) for power in powers]
    buckets.append(("+Inf", float(histogram.total)))
    return HistogramMetricFamily(name, text, buckets=buckets, sum_value=histogram.sum / unit)
