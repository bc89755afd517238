"""The checker's figures."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from services.orders.check.differences import OUTCOMES
from services.orders.check.outcome_totals import OutcomeTotals
from shared.telemetry.metrics import FeedMetrics, by_reason


class CheckMetrics(FeedMetrics):
    """See `shared.telemetry.metrics.FeedMetrics`."""

    def __init__(self) -> None:
        super().__init__("order")
        self.alerts: Counter[str] = Counter()
        """By reason; an alert with two reasons counts under both."""
        self.alerts_total = 0
        self.tests = OutcomeTotals()
        """Of published limits."""
        self.limits_versions: dict[str, int] = {}
        """The numbers of the active version and of the one in its shadow; 0 for none."""
        self.shadow_differences: Counter[str] = Counter()
        """By outcome."""
        self.shadow_reasons: Counter[tuple[str, str, str]] = Counter()
        """By outcome, reason and class."""
        self.judged_by_lower = 0
        """Orders judged by a lower version of the limits than others of their source before."""

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        yield from super().collect()
        yield by_reason("market_spread_alerts", "Alerts raised, by reason.", self.alerts)
        tests = CounterMetricFamily(
            "market_spread_tests",
            "How the tests of published limits ended, of every order.",
            labels=["reason", "outcome"],
        )
        for reason, outcome, count in self.tests:
            tests.add_metric([reason, outcome], count)
        yield tests
        versions = GaugeMetricFamily(
            "market_spread_limits_version", "The version of the limits; 0 for none.", labels=["kind"]
        )
        for kind, number in self.limits_versions.items():
            versions.add_metric([kind], number)
        yield versions
        differences = CounterMetricFamily(
            "market_spread_shadow_differences",
            "Orders of which the limits in the shadow say something else than the active ones.",
            labels=["outcome"],
        )
        for outcome in OUTCOMES:
            differences.add_metric([outcome], self.shadow_differences[outcome])
        yield differences
        reasons = CounterMetricFamily(
            "market_spread_shadow_reasons",
            "Reasons that only one of both has, by the class that the shadow says.",
            labels=["outcome", "reason", "class"],
        )
        for labels, count in sorted(self.shadow_reasons.copy().items()):
            reasons.add_metric(labels, count)
        yield reasons
        yield CounterMetricFamily(
            "market_spread_orders_judged_by_lower_limits",
            "Orders judged by a lower version of the limits than others of their source before.",
            value=self.judged_by_lower,
        )
