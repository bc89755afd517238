"""The checker: orders in, each met with its symbol's market, alerts out."""

from collections import Counter
from collections.abc import Sequence

from services.orders.check.quotes import QuoteReader
from services.orders.check.rule import find_alerts
from services.orders.feed.batch import Orders
from services.orders.feed.messages import FEED, OTHER_FEEDS
from services.orders.metrics import CheckMetrics
from services.orders.model.alert import RaisedAlert
from shared.commit.positions import CommitScript
from shared.market.verdict import fresh_at
from shared.service.dead_letters import DeadLetters
from shared.service.intake import Batch, Sender
from shared.service.redis_access import RedisAccess
from shared.wire.symbol_table import SymbolTable


class Checker:
    """What the checker does with a batch; see `shared.service.handler.BatchHandler`.

    Args:
        append: what its commits write.
        rebuild_wait_s: how long orders are held while Redis has lost its quotes.
        max_quote_age_ms: from which age on a quote alerts; None for never.
        redis: the way to Redis.
        metrics: what is counted.
    """

    def __init__(
        self,
        append: CommitScript,
        *,
        rebuild_wait_s: float,
        max_quote_age_ms: int | None,
        redis: RedisAccess,
        metrics: CheckMetrics,
    ) -> None:
        self.append = append
        self.rejected = DeadLetters(FEED, OTHER_FEEDS, redis.clock)
        self._quotes = QuoteReader(redis.link, rebuild_wait_s)
        self._retry, self._clock = redis.retry, redis.clock
        self._metrics = metrics
        self._max_age_us = None if max_quote_age_ms is None else max_quote_age_ms * 1000

    def start(self) -> None:
        """Look at the epochs that there are."""
        self._quotes.learn_epochs()

    @property
    def symbols(self) -> SymbolTable:
        """Numbers the symbols of the next batch."""
        return self._quotes.symbols

    def heard_of(self, senders: Sequence[Sender]) -> None:
        """Nothing to do: nobody asks when a sender of orders was last heard of."""

    def handle(self, messages: Orders, batch: Batch) -> list[RaisedAlert]:  # noqa: ARG002 (now is when they met the market)
        """The alerts that these orders raise on the market of now."""
        symbols = messages.symbols()
        quotes = self._retry(lambda: self._quotes.read(symbols))
        max_age_us = self._max_age_us
        fresh_us = None if max_age_us is None else fresh_at(self._clock.now_us(), max_age_us)
        alerts = find_alerts(messages, symbols, quotes, fresh_us, self._clock.stamp_us())
        self._quotes.limit_memory()
        return alerts

    def catch_up(self) -> None:
        """Nothing to do: the orders that come are all there is to know."""

    def committed(self, effects: Sequence[RaisedAlert]) -> None:
        """Count the alerts."""
        if not effects:
            return
        self._metrics.alerts_total += len(effects)
        for reasons, count in Counter([each.market.reason for each in effects]).items():
            for reason in reasons.decode(errors="replace").split(","):
                self._metrics.alerts[reason] += count

    def every_second(self) -> None:
        """Nothing is due."""

    def look_for_losses(self) -> None:
        """Nothing to do: each time that quotes are read it is seen whether they can be believed."""

    def totals(self) -> dict[str, int]:
        """See `shared.service.handler.BatchHandler`."""
        return {"alerts_total": self._metrics.alerts_total}

    def gauges(self) -> dict[str, str]:
        """See `shared.service.handler.BatchHandler`."""
        return {"lag": str(sum(self._metrics.stream_lag.values()))}

    def warnings(self) -> list[str]:
        """See `shared.service.handler.BatchHandler`."""
        return []
