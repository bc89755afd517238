"""The forwarder: every alert to one receiver, whoever goes away meanwhile."""

import logging
import platform
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from services.orders.alerts.reader import AlertReader
from services.orders.forward.connector import Connector
from services.orders.forward.delivery import Delivery
from services.orders.forward.metrics import ForwardMetrics
from services.orders.forward.narrowing import Narrowing
from services.orders.forward.position import ForwardPosition, PositionLost, TakenOver
from shared.base.address import Address
from shared.commit.stream_position import StreamPosition
from shared.market import keys
from shared.process.lifecycle import CannotStart, Stop, bound, reach, refusals_end_the_start
from shared.process.options import ProcessSettings
from shared.process.stop_budget import LAST_FORWARDER_WAIT_S, LAST_SENDS_S
from shared.redis.link import RedisLink
from shared.redis.retry import RedisRetry, StopRequested
from shared.redis.server_clock import ServerClock
from shared.redis.url import open_link
from shared.service.redis_access import Servers
from shared.telemetry.monitor import Monitor
from shared.telemetry.status import REFRESH_S, Status

logger = logging.getLogger(__name__)

ROLE: Final = "forward"

_LONGEST_SLEEP_S: Final = 0.1


@dataclass(frozen=True)
class ForwardSettings(ProcessSettings):
    """What the forwarder can be told."""

    to: Address
    name: str
    overlap: int
    strict: bool


class Forwarder:
    """Forwards the alerts of one stream to one receiver.

    Args:
        settings: what it can be told.
        stop: when to end.
        link: to Redis.
        retry: waits while Redis is away.
        metrics: what is counted.
        servers: what the servers behind the link say of themselves.
    """

    def __init__(
        self,
        settings: ForwardSettings,
        stop: Stop,
        link: RedisLink,
        retry: RedisRetry,
        metrics: ForwardMetrics,
        servers: Servers,
    ) -> None:
        self._settings, self._stop, self._link = settings, stop, link
        self._retry, self._metrics = retry, metrics
        self._reader = AlertReader(link, settings.alerts)
        self._narrowing = Narrowing(metrics, strict=settings.strict)
        key = keys.position(settings.alerts, ROLE, settings.name)
        self._position = ForwardPosition(key, link, retry, self._reader)
        self._clock = ServerClock()
        self._status = Status(ROLE, str(settings.to), metrics.latency_us, self._clock)
        retry.settle_doubt = self._look_for_losses
        self._delivery: Delivery | None = None
        self._connector = Connector(settings.to)
        self._skips_said: Counter[str] = Counter()
        self._next_tick = 0.0
        self._is_started = False
        self._monitor = bound(
            f"metrics on {settings.metrics}",
            "--metrics",
            lambda: Monitor(settings.metrics, metrics.render, self._faults, servers.warnings),
        )

    def run(self) -> int:
        """Forward until told to stop; the exit code."""
        try:
            self._start()
            while self._stop.at is None:
                self._turn()
            self._finish()
        except TakenOver:
            logger.error("a newer forwarder has taken over as %s", self._settings.name)
            return 1
        except StopRequested:
            logger.warning("stopped while Redis was away: what was acknowledged last will be sent again")
            return 0
        finally:
            if self._delivery is not None:
                self._delivery.close()
            self._monitor.close()
            self._link.close()
        logger.info("stopped: the next alert is the one after %s", self._position)
        return 0

    def _start(self) -> None:
        reach(self._link, self._settings.redis_attempts, self._stop)
        with refusals_end_the_start(self._retry):
            self._narrowing.begin(self._position.claim())
            with suppress(PositionLost):  # between the two: the first turn finds that out again
                self._tick()
        self._is_started = True
        logger.info(
            "forwarding, and listening for metrics",
            extra={
                "to": str(self._settings.to),
                "forwarder": self._settings.name,
                "after": str(self._position),
                "metrics": str(self._monitor.address),
            },
        )

    def _look_for_losses(self) -> None:
        """A connection to Redis is new: see its time, and that the position is where we left it."""
        self._clock.look(self._link)
        self._position.look_for_losses()

    def _turn(self) -> None:
        try:
            if self._delivery is None:
                self._connect()
            else:
                self._deliver(self._delivery)
            if time.monotonic() >= self._next_tick:
                self._tick()
        except PositionLost:
            self._start_over()

    def _connect(self) -> None:
        """Connect, and go back before what was acknowledged last."""
        receiver = self._connector.connect()
        if receiver is None:
            return
        self._delivery = Delivery(
            receiver, self._reader, self._narrowing, self._retry, self._metrics, self._position.at
        )
        self._delivery.step_back(self._settings.overlap)

    def _deliver(self, delivery: Delivery) -> None:
        """Let a delivery go on, and move the position after it."""
        try:
            acknowledged = delivery.turn()
        except OSError as error:
            self._disconnect(delivery, error)
        else:
            self._move(acknowledged)

    def _move(self, acknowledged: StreamPosition) -> None:
        if acknowledged.ordinal > self._position.at.ordinal:
            self._position.move(acknowledged)
            self._connector.progressed()

    def _disconnect(self, delivery: Delivery, error: OSError) -> None:
        delivery.close()
        self._delivery = None
        self._connector.lost(error)

    def _start_over(self) -> None:
        """Go by what Redis still has, after it has lost data."""
        self._narrowing.begin(self._position.claim())
        logger.error("Redis has lost data: forwarding goes on after %s", self._position)
        if self._delivery is not None:
            self._delivery.start_over(self._position.at)

    def _tick(self) -> None:
        """Say how it goes, and see that the position is still ours."""
        self._next_tick = time.monotonic() + REFRESH_S
        self._retry(self._look_for_losses)
        facts = self._retry(self._reader.facts)
        self._metrics.lag = max(facts.added - self._position.at.ordinal, 0)
        self._metrics.connections = self._connector.connections
        self._metrics.is_connected = self._delivery is not None
        self._say_what_was_skipped()
        commands = self._status.commands(self._totals(), self._gauges())
        self._retry(lambda: self._link.roundtrip(commands))

    def _totals(self) -> dict[str, int]:
        metrics = self._metrics
        return {"received_total": metrics.forwarded, "rejected_total": sum(metrics.skipped.values())}

    def _gauges(self) -> dict[str, str]:
        if self._stop.at is not None:
            state = "stopping"
        else:
            state = "running" if self._delivery is not None else "waiting_for_receiver"
        connections = "0" if self._delivery is None else "1"
        return {"state": state, "connections": connections, "lag": str(self._metrics.lag)}

    def _say_what_was_skipped(self) -> None:
        for reason, count in self._metrics.skipped.items():
            if new := count - self._skips_said[reason]:
                logger.error("%d alerts were not sent: %s (%d in all)", new, reason, count)
                self._skips_said[reason] = count

    def _finish(self) -> None:
        """Send what was read already, as far as the receiver takes it soon."""
        try:
            while self._delivery is not None and not self._delivery.is_done:
                if self._stop.longer_ago_than(LAST_SENDS_S):
                    break
                self._move(self._delivery.send(_LONGEST_SLEEP_S))
            self._tick()
        except OSError as error:
            logger.warning("the connection broke while stopping: %s", error)
        except PositionLost:
            logger.error("Redis has lost data: the next start finds out where to go on")
        self._retry.settle_doubt = lambda: None  # nothing depends on it any more
        self._retry(lambda: self._link.roundtrip(self._status.goodbye()))

    def _faults(self) -> dict[str, str]:
        """What keeps the forwarder from being ready."""
        faults = {}
        if self._retry.waits_for is not None:
            faults["redis"] = self._retry.waits_for
        if self._connector.fault is not None:
            faults["receiver"] = self._connector.fault
        if self._stop.at is not None:
            faults["service"] = "stopping"
        elif not self._is_started:
            faults["service"] = "starting: Redis has not answered yet"
        return faults


def run(settings: ForwardSettings) -> int:
    """Run the forwarder until it is told to stop; the exit code."""
    if platform.system() != "Linux":
        raise CannotStart("forwarding needs Linux: other systems do not tell what a receiver acknowledged", 1)
    stop, metrics = Stop(), ForwardMetrics()
    servers = Servers()
    link = open_link(settings.redis_url, name="market-spread-forward", on_connect=servers.connected)
    retry = RedisRetry(
        lambda: stop.longer_ago_than(LAST_FORWARDER_WAIT_S), metrics.redis_failed, [link], doubt=servers.doubt
    )
    return Forwarder(settings, stop, link, retry, metrics, servers).run()
