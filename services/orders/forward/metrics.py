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
        self.skipped: Counter[str] = Counter(trimmed=0, unreadable=0, too_wide=0)
        self.cut: Counter[str] = Counter()
        """By field; an alert that was cut in two counts under both."""
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
            "Alerts that were not sent: trimmed before, not readable, or left out by --strict.",
            self.skipped,
        )
        cut = CounterMetricFamily(
            "market_spread_forward_cut",
            "Alerts of which a frame does not hold all, by field.",
            labels=["field"],
        )
        for field, count in sorted(self.cut.copy().items()):
            cut.add_metric([field], count)
        yield cut
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
