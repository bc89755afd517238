"""The ingestor's figures."""

import time
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from shared.telemetry.metrics import FeedMetrics


class IngestMetrics(FeedMetrics):
    """See `shared.telemetry.metrics.FeedMetrics`."""

    def __init__(self) -> None:
        super().__init__("quote")
        self.symbols = 0
        self.last_quote_at: float | None = None
        """When the last quote was applied, seconds of the monotonic clock."""
        self.limits_version = 0
        """Of the limits in force; 0: none are published."""

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        yield from super().collect()
        yield GaugeMetricFamily("market_spread_symbols", "Symbols with a quote.", value=self.symbols)
        version = GaugeMetricFamily(
            "market_spread_limits_version", "The version of the limits; 0 for none.", labels=["kind"]
        )
        version.add_metric(["active"], self.limits_version)
        yield version
        if self.last_quote_at is not None:
            yield GaugeMetricFamily(
                "market_spread_last_quote_age_seconds",
                "Since the last quote was applied.",
                value=time.monotonic() - self.last_quote_at,
            )
