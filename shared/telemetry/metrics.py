"""A service's figures: plain numbers that its loop keeps, rendered for Prometheus when asked."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from shared.base.version import VERSION
from shared.telemetry.fix_metrics import FixMetrics
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
        yield build_info()
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
        """To the feed's own port."""
        self.fix = FixMetrics()
        self.latency_us = Histogram()
        """From the bytes read to the batch in effect, of every frame."""
        self.batch_size = Histogram()
        self.stream_lag: dict[str, int] = {}
        """Entries that wait, by stream."""
        self.stream_trimmed = 0
        """Entries that were trimmed unread."""

    @property
    def senders(self) -> int:
        """How many are connected, by frames or logged on by FIX."""
        return self.connections + self.fix.up

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        yield from super().collect()
        yield from self.fix.collect()
        prefix = f"market_spread_{self._message}"
        yield CounterMetricFamily(f"{prefix}s_received", "Frames received.", value=self.received)
        yield by_reason(f"{prefix}s_rejected", "Frames refused, by reason.", self.rejected)
        yield GaugeMetricFamily("market_spread_connections", "Connected senders.", value=self.senders)
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


def build_info() -> InfoMetricFamily:
    """Which version runs."""
    return InfoMetricFamily("market_spread_build", "What runs.", value={"version": VERSION})


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
