"""The checker's figures."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import Metric

from shared.telemetry.fix_metrics import FixMetrics
from shared.telemetry.metrics import FeedMetrics, by_reason


class CheckMetrics(FeedMetrics):
    """See `shared.telemetry.metrics.FeedMetrics`."""

    def __init__(self) -> None:
        super().__init__("order")
        self.alerts: Counter[str] = Counter()
        """By reason; an alert with two reasons counts under both."""
        self.alerts_total = 0
        self.fix = FixMetrics()

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        yield from super().collect()
        yield by_reason("market_spread_alerts", "Alerts raised, by reason.", self.alerts)
        yield from self.fix.collect()
