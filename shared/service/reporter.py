"""What a service with a feed says of itself: its row of figures in Redis, and whether it is ready."""

from shared.base.address import Address
from shared.feed.listener import Listener
from shared.process.lifecycle import Stop
from shared.redis.link import Command
from shared.service.handler import BatchHandler
from shared.service.redis_access import RedisAccess
from shared.telemetry.metrics import FeedMetrics
from shared.telemetry.session_figures import row_of
from shared.telemetry.status import Status


class Reporter:
    """Knows what is so now.

    Args:
        role: `ingest` or `check`.
        feed: who sends.
        handler: what is done with a batch.
        redis: the way to Redis.
        metrics: what is counted.
        stop: when to end.
    """

    def __init__(
        self,
        role: str,
        feed: Listener,
        handler: BatchHandler,
        redis: RedisAccess,
        metrics: FeedMetrics,
        stop: Stop,
    ) -> None:
        self._handler, self._redis = handler, redis
        self._metrics, self._stop = metrics, stop
        address: Address | None = feed.address
        self._status = Status(role, str(address or "none"), metrics.latency_us, redis.clock)
        self.is_started = False
        """Whether Redis has answered and everything is set up."""

    def figures(self, *, is_holding: bool = False) -> list[Command]:
        """What to tell Redis about the service.

        Args:
            is_holding: whether everything is held back.
        """
        state = "holding" if is_holding else "running" if self._stop.at is None else "stopping"
        totals = {
            "received_total": self._metrics.received,
            "rejected_total": sum(self._metrics.rejected.values()),
            **self._handler.totals(),
        }
        gauges = {"state": state, "connections": str(self._metrics.senders), **self._handler.gauges()}
        return self._status.commands(totals, gauges, row_of(self._metrics.fix.sessions))

    def goodbye(self) -> list[Command]:
        """What to tell Redis when the service stops."""
        return self._status.goodbye()

    def warnings(self) -> list[str]:
        """What an operator has to know though the service is ready."""
        return [*self._redis.servers.warnings(), *self._handler.warnings()]

    def faults(self) -> dict[str, str]:
        """What keeps the service from being ready."""
        faults = {}
        if self._redis.retry.waits_for is not None:
            faults["redis"] = self._redis.retry.waits_for
        if self._stop.at is not None:
            faults["service"] = "stopping"
        elif not self.is_started:
            faults["service"] = "starting: Redis has not answered yet"
        return faults
