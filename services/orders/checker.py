"""The checker: orders in, each met with its symbol's market, alerts out."""

from collections import Counter
from collections.abc import Sequence

from services.orders.check.differences import OUTCOMES
from services.orders.check.first_orders import FirstOrders
from services.orders.check.limits_in_force import LimitsInForce
from services.orders.check.market_reader import MarketReader, Met
from services.orders.check.rule import find_alerts
from services.orders.check.shadow_log import ShadowLog
from services.orders.check.symbol_hashes import SymbolHashes
from services.orders.check.unmade_tests import UnmadeTests
from services.orders.feed.batch import Orders
from services.orders.feed.messages import FEED, OTHER_FEEDS
from services.orders.metrics import CheckMetrics
from services.orders.model.alert import RaisedAlert
from shared.commit.positions import CommitScript
from shared.market.flags import fresh_at
from shared.published.reading import POINTERS
from shared.published.watch import LimitsWatch
from shared.service.dead_letters import DeadLetters
from shared.service.intake import Batch, Sender
from shared.service.redis_access import RedisAccess
from shared.wire.symbol_table import SymbolTable


class Checker:
    """What the checker does with a batch; see `shared.service.handler.BatchHandler`.

    Args:
        append: what its commits write.
        alerts: the name of the stream of alerts.
        rebuild_wait_s: how long orders are held while Redis has lost its quotes, or its limits.
        max_quote_age_ms: from which age on a quote alerts under limits version 0; None for never.
        redis: the way to Redis.
        metrics: what is counted.
    """

    def __init__(
        self,
        append: CommitScript,
        *,
        alerts: str,
        rebuild_wait_s: float,
        max_quote_age_ms: int | None,
        redis: RedisAccess,
        metrics: CheckMetrics,
    ) -> None:
        self.append = append
        self.rejected = DeadLetters(FEED, OTHER_FEEDS, redis.clock)
        self._limits = LimitsInForce(LimitsWatch(redis.link, redis.name), rebuild_wait_s)
        self._hashes = SymbolHashes(redis.link, rebuild_wait_s, POINTERS)
        self._market = MarketReader(redis.link, self._hashes, self._limits)
        self._shadow = ShadowLog(alerts)
        self._first_orders = FirstOrders()
        self._unmade = UnmadeTests()
        self._judged = 0
        self._link, self._retry, self._clock = redis.link, redis.retry, redis.clock
        self._metrics = metrics
        self._metrics.shadow_differences = self._shadow.totals
        self._metrics.shadow_reasons = self._shadow.counts
        self._max_age_us = None if max_quote_age_ms is None else max_quote_age_ms * 1000

    def start(self) -> None:
        """Look at the epochs that there are, and at the limits."""
        self._hashes.learn_epochs()
        self._look_at_limits()

    @property
    def symbols(self) -> SymbolTable:
        """Numbers the symbols of the next batch."""
        return self._hashes.symbols

    def heard_of(self, senders: Sequence[Sender]) -> None:
        """Nothing to do: nobody asks when a sender of orders was last heard of."""

    def handle(self, messages: Orders, batch: Batch) -> list[RaisedAlert]:
        """The alerts that these orders raise on the market of now."""
        symbols = messages.symbols()
        judged_by = 0
        for part in batch.parts:
            if (source := part.sender.source) is not None and source.limits > judged_by:
                judged_by = source.limits
        met = self._retry(lambda: self._market.read(symbols, judged_by))
        alerts = self._check(messages, symbols, met, batch) if symbols else []
        number = self._limits.number
        if number < judged_by:
            self._metrics.judged_by_lower += batch.messages
        for part in batch.parts:
            if (source := part.sender.source) is not None and source.limits < number:
                source.limits = number
        self._hashes.limit_memory()
        return alerts

    def _check(self, orders: Orders, symbols: Sequence[int], met: Met, batch: Batch) -> list[RaisedAlert]:
        """The alerts of a batch by the limits in force; what the shadow says otherwise is noted."""
        active, shadow, market = self._limits.active, self._limits.shadow, met.market
        checked_at = self._clock.stamp_us()
        if active is None or market is None:
            alerts = find_alerts(orders, symbols, met.flagged, self._fresh_us(), checked_at)
        else:
            alerts, verdict = active.check(orders, market, checked_at)
            self._metrics.tests.add(verdict)
            self._judged += len(orders)
        if shadow is not None and market is not None:
            would_be, _ = shadow.check(orders, market, checked_at)
            self._shadow.compare((active, alerts), (shadow, would_be), batch, checked_at)
        self._first_orders.look(batch, alerts)
        return alerts

    def _fresh_us(self) -> range | None:
        """See `shared.market.flags.reason_of`."""
        return None if self._max_age_us is None else fresh_at(self._clock.now_us(), self._max_age_us)

    def catch_up(self) -> None:
        """Nothing to do: the orders that come are all there is to know."""

    def committed(self, effects: Sequence[RaisedAlert]) -> None:
        """Count the alerts."""
        if not effects:
            return
        self._metrics.alerts_total += len(effects)
        for reasons, count in Counter([each.finding.reason for each in effects]).items():
            for reason in reasons.decode(errors="replace").split(","):
                self._metrics.alerts[reason] += count

    def every_second(self) -> None:
        """See which limits are in force, whether all of their tests are made, and write what differs."""
        self._look_at_limits()
        self._unmade.every_second(self._metrics.tests.made(), self._judged)
        if sample := self._shadow.take_sample():
            self._link.roundtrip(sample)

    def _look_at_limits(self) -> None:
        """Once a second, for no orders may come."""
        self._limits.read()
        active, shadow = self._limits.active, self._limits.shadow
        if self._unmade.number != self._limits.number:
            self._unmade = UnmadeTests(None if active is None else active.judge.version)
        shadow_number = 0 if shadow is None else shadow.number
        self._metrics.limits_versions = {"active": self._limits.number, "shadow": shadow_number}

    def look_for_losses(self) -> None:
        """Nothing to do: each time that quotes are read it is seen whether they can be believed."""

    def totals(self) -> dict[str, int]:
        """See `shared.service.handler.BatchHandler`."""
        shadow = {f"shadow_{outcome}_total": self._shadow.totals[outcome] for outcome in OUTCOMES}
        return {"alerts_total": self._metrics.alerts_total, **shadow}

    def gauges(self) -> dict[str, str]:
        """See `shared.service.handler.BatchHandler`."""
        return {"lag": str(sum(self._metrics.stream_lag.values())), "limits": str(self._limits.number)}

    def warnings(self) -> list[str]:
        """See `shared.service.handler.BatchHandler`."""
        return [*self._limits.warnings(), *self._unmade.warnings()]
