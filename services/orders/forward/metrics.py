"""The forwarder's figures."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from shared.telemetry.histogram import Histogram
from shared.telemetry.metrics import ServiceMetrics, by_reason


class ForwardMetrics(ServiceMetrics):
    """What the forwarder counts."""

    def __init__(self) -> None:
        super().__init__()
        self.forwarded = 0
        """Alerts that the receiver's TCP has acknowledged; those sent again count once."""
        self.skipped: Counter[str] = Counter(trimmed=0, unreadable=0)
        self.connections = 0
        """How many have been made."""
        self.lag = 0
        """Alerts in the stream that are not acknowledged."""
        self.is_connected = False
        self.latency_us = Histogram()
        """From an alert read to its frame acknowledged."""

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        yield from super().collect()
        yield CounterMetricFamily(
            "market_spread_forwarded",
            "Alerts that the receiver's TCP has acknowledged.",
            value=self.forwarded,
        )
        yield by_reason(
            "market_spread_forward_skipped",
            "Alerts that were not sent: trimmed before, or not readable.",
            self.skipped,
        )
        yield CounterMetricFamily(
            "market_spread_forward_reconnects",
            "Connections after the first one.",
            value=max(self.connections - 1, 0),
        )
        yield GaugeMetricFamily(
            "market_spread_forward_lag", "Alerts that are not acknowledged yet.", value=self.lag
        )
        yield GaugeMetricFamily(
            "market_spread_forward_connected", "Whether the receiver is connected.", value=self.is_connected
        )
