"""The checker: orders in, each met with its symbol's market, alerts out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.orders.alert_log import append_alerts, effect
from services.orders.batch import Orders, decode_orders
from services.orders.check import Alert, find_alerts
from services.orders.messages import FEED
from services.orders.metrics import CheckMetrics
from services.orders.quotes import QuoteReader
from shared import keys
from shared.clock import now_us
from shared.columns import Rejects
from shared.feed import Batch
from shared.insist import Insistence
from shared.options import ServiceSettings
from shared.portions import Effect
from shared.redis_link import Link, open_link
from shared.service import LAST_WAIT_S, Service, Stop

ROLE: Final = "check"

_REASON: Final = keys.ALERT_FIELDS.index("reason")


@dataclass(frozen=True)
class CheckSettings(ServiceSettings):
    """What the checker can be told."""

    max_quote_age_ms: int | None
    max_alerts: int
    rebuild_wait: float


class Checker:
    """What the checker does with a batch; see `shared.service.Work`.

    Args:
        settings: what it can be told.
        link: to Redis.
        insist: waits while Redis is away.
        metrics: what is counted.
    """

    def __init__(
        self, settings: CheckSettings, link: Link, insist: Insistence, metrics: CheckMetrics
    ) -> None:
        self.append = append_alerts(settings.alerts, settings.max_alerts)
        self._quotes = QuoteReader(link, settings.rebuild_wait)
        self._insist = insist
        self._metrics = metrics
        age_ms = settings.max_quote_age_ms
        self._max_age_us = None if age_ms is None else age_ms * 1000

    def start(self) -> None:
        """Look at the epoch that there is."""
        self._quotes.read([])

    def apply(self, batch: Batch) -> tuple[Sequence[Effect], Rejects]:
        """Check a batch's orders against the market of now."""
        orders, rejects = decode_orders(batch.buffer, batch.runs, self._quotes.symbols)
        return [effect(alert) for alert in self._check(orders)], rejects

    def _check(self, orders: Orders) -> list[Alert]:
        symbols = orders.symbols()
        quotes = self._insist(lambda: self._quotes.read(symbols))
        alerts = find_alerts(orders, symbols, quotes, self._max_age_us, now_us())
        self._quotes.limit_memory()
        return alerts

    def committed(self, effects: Sequence[Effect]) -> None:
        """Count the alerts."""
        self._metrics.alerts_total += len(effects)
        for reasons, count in Counter(each.words[_REASON] for each in effects).items():
            for reason in reasons.decode().split(","):
                self._metrics.alerts[reason] += count

    def tick(self) -> None:
        """Nothing is due."""

    def totals(self) -> dict[str, int]:
        """See `shared.service.Work`."""
        return {"alerts_total": self._metrics.alerts_total}

    def gauges(self) -> dict[str, str]:
        """See `shared.service.Work`."""
        return {"lag": "0"}


def run(settings: CheckSettings) -> int:
    """Run the service until it is told to stop; the exit code."""
    stop, metrics = Stop(), CheckMetrics()
    link = open_link(settings.redis_url, name="market-spread-check")
    insist = Insistence(lambda: stop.longer_ago_than(LAST_WAIT_S), metrics.redis_failed)
    work = Checker(settings, link, insist, metrics)
    return Service(ROLE, FEED, settings, stop, link, insist, metrics, work).run()
