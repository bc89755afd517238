"""The life of a service: start, turn after turn of what has arrived, stop."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from market_spread.framing import HEADER
from shared.commit.positions import Positions
from shared.feed.batch import Batch
from shared.feed.listener import Listener
from shared.market import keys
from shared.process.lifecycle import Stop, bound, reach, refusals_end_the_start
from shared.process.options import ServiceSettings
from shared.process.stop_budget import LAST_READS_S
from shared.redis.link import RedisUnavailable
from shared.redis.retry import StopRequested
from shared.service.handler import BatchHandler, Intake
from shared.service.redis_access import RedisAccess
from shared.service.reporter import Reporter
from shared.service.sources import Sources
from shared.telemetry.metrics import FeedMetrics
from shared.telemetry.monitor import Monitor
from shared.telemetry.status import REFRESH_S
from shared.wire.columns import RejectedFrames

logger = logging.getLogger(__name__)

_LONGEST_POLL_S: Final = 0.1
_OVERLAPPED_FRAMES: Final = 1000
"""While Redis works on the commit of a batch of so many frames, the next batch is read and decoded: more
are on their way then. After a smaller one that would only cost a look at the feed."""
_MOST_REFUSED: Final = 0.1
"""A sender of which a greater part is refused is read in small pieces, so that it delays nobody."""


class Service:
    """A feed, what is done with its batches, and Redis.

    Args:
        role: `ingest` or `check`.
        feed_name: `market_data` or `orders`.
        settings: what both services can be told.
        stop: when to end.
        redis: the way to Redis.
        metrics: what is counted.
        handler: what is done with a batch.
        intakes: what work comes from besides the feed.
    """

    def __init__(
        self,
        role: str,
        feed_name: str,
        settings: ServiceSettings,
        stop: Stop,
        redis: RedisAccess,
        metrics: FeedMetrics,
        handler: BatchHandler,
        intakes: Sequence[Intake] = (),
    ) -> None:
        self._settings, self._stop = settings, stop
        self._redis, self._link, self._retry = redis, redis.link, redis.retry
        self._metrics, self._handler = metrics, handler
        self._intakes = intakes
        self._feed = bound(
            f"the {feed_name} feed on {settings.listen}",
            "--listen",
            lambda: Listener(
                settings.listen,
                max_connections=settings.max_connections,
                buffer_bytes=settings.buffer_bytes,
            ),
        )
        self._reporter = Reporter(role, self._feed, handler, redis, metrics, stop)
        self._monitor = bound(
            f"metrics on {settings.metrics}",
            "--metrics",
            lambda: Monitor(settings.metrics, metrics.render, self._reporter.faults, self._reporter.warnings),
        )
        self._sources = Sources(
            self._feed,
            Positions(redis.commit_link, handler.append),
            lambda source: keys.position(settings.alerts, feed_name, source),
            self._retry,
        )
        self._next_tick = 0.0
        self._retry.while_holding = self._report_holding
        self._retry.settle_doubt = self._look_for_losses
        self._batch: Batch | None = None
        self._begun: Batch | None = None
        self._feed_name = feed_name

    def run(self) -> int:
        """Serve until told to stop; the exit code."""
        try:
            self._start()
            while self._stop.at is None:
                self._turn(self._feed.poll(self._patience_s()))
                for intake in self._intakes:
                    intake.turn()
            self._finish()
        except StopRequested:
            return self._give_up()
        finally:
            self._feed.close()
            self._monitor.close()
            self._redis.close()
        logger.info("stopped: everything received has taken effect")
        return 0

    def _start(self) -> None:
        reach(self._link, self._settings.redis_attempts, self._stop)
        with refusals_end_the_start(self._retry):
            self._retry(self._handler.start)
            for intake in self._intakes:
                self._retry(partial(intake.start, self._feed.wake))
            self._reporter.is_started = True
            self._tick()
        logger.info(
            "listening",
            extra={
                "feed": self._feed_name,
                "address": str(self._feed.address or "none"),
                "metrics": str(self._monitor.address),
            },
        )

    def _look_for_losses(self) -> None:
        """A connection to Redis is new, or a position was lost: see what Redis still has, and its time."""
        self._redis.clock.look(self._link)
        if not self._reporter.is_started:
            return
        self._handler.look_for_losses()
        self._sources.look_for_losses(self._link)
        for intake in self._intakes:
            intake.look_for_losses()

    def _patience_s(self) -> float:
        """How long to wait for something to arrive."""
        if self._begun is not None:
            return 0
        return min(_LONGEST_POLL_S, max(0.0, self._sources.due_in_s()))

    def _turn(self, batch: Batch) -> None:
        """Let everything that has arrived take effect, and say so."""
        self._batch = batch
        if batch.hellos:
            self._conclude()
            self._sources.open(batch.hellos)
            batch.drop_dismissed()
        if batch.frames:
            self._take(batch)
        if batch.frames < _OVERLAPPED_FRAMES:
            self._conclude()
        if batch.ended or self._sources.due_in_s() <= 0:
            self._conclude()
            self._sources.settle()
        self._sources.send_back_the_lost()
        for connection in batch.ended:
            self._sources.forget(connection)
            connection.error = connection.error or self._handler.rejected.last_word(connection)
            self._feed.end(connection)
        self._metrics.connections = self._feed.connections
        if time.monotonic() >= self._next_tick:
            self._tick()

    def _take(self, batch: Batch) -> None:
        """Do everything about a batch but wait for its commit; before, wait for the commit before."""
        effects, rejects = self._handler.handle(batch)
        self._set_aside(batch, rejects)
        self._conclude()
        self._batch = None  # from here on the sources know what is waiting
        self._begun = batch
        self._sources.begin(batch, effects)
        self._metrics.received += batch.frames
        self._metrics.batch_size.record(batch.frames)

    def _conclude(self) -> None:
        """Wait until what was begun is in Redis."""
        if self._begun is None:
            return
        self._handler.committed(self._sources.conclude())
        now_ns = time.monotonic_ns()
        for segment in self._begun.segments:
            self._metrics.latency_us.record((now_ns - segment.received_ns) // 1000, segment.frames)
        self._begun = None

    def _set_aside(self, batch: Batch, rejects: RejectedFrames) -> None:
        """Count, log and store what was refused, and mark who sent it."""
        for segment in batch.segments:
            refused = rejects.among(segment.first, segment.frames)
            segment.connection.is_distrusted = refused > _MOST_REFUSED * segment.frames
            segment.connection.refused += refused
            if refused and not segment.first_of_connection:
                segment.connection.first_type = batch.buffer[segment.runs[0].offset + HEADER.size]
        counts = rejects.counts()
        if not counts:
            return
        self._metrics.rejected.update(counts)
        commands = []
        for reject in rejects.first(self._handler.rejected.allow(sum(counts.values()))):
            segment = batch.segment_of(reject.frame)
            number = segment.first_of_connection + reject.frame - segment.first
            commands.append(
                self._handler.rejected.command(reject, segment.connection.peer, f"frame {number}")
            )
        self._retry(lambda: self._link.roundtrip(commands))

    def _tick(self) -> None:
        self._next_tick = time.monotonic() + REFRESH_S
        ticks: list[Callable[[], None]] = [
            partial(self._redis.clock.look, self._link),
            self._handler.every_second,
        ]
        ticks += [intake.every_second for intake in self._intakes]
        for tick in ticks:
            self._retry(tick)
        figures = self._reporter.figures()
        self._retry(lambda: self._link.roundtrip(figures))

    def _report_holding(self) -> None:
        """Say once a second that everything is held back, for no turn ends meanwhile."""
        if time.monotonic() >= self._next_tick:
            self._next_tick = time.monotonic() + REFRESH_S
            with suppress(RedisUnavailable):  # the step that is held finds that out
                self._link.roundtrip(self._reporter.figures(is_holding=True))

    def _finish(self) -> None:
        """Take no more connections, and finish what has been received."""
        self._feed.stop_accepting()
        while True:
            batch = self._feed.poll(0)
            is_idle = not batch.frames and self._begun is None
            self._turn(batch)
            if is_idle or self._stop.longer_ago_than(LAST_READS_S):
                break
        self._conclude()
        self._sources.settle()
        self._retry(lambda: self._link.roundtrip(self._reporter.goodbye()))

    def _give_up(self) -> int:
        """Say how much may be lost, and let no sender take the end for a success; the exit code."""
        frames = self._sources.waiting + (self._batch.frames if self._batch is not None else 0)
        frames += self._feed.poll(0).frames  # what has arrived while nobody read
        self._feed.reset()
        if not frames:
            logger.warning("stopped while Redis was away; nothing received was waiting for it")
            return 0
        logger.error("stopped while Redis was away: %d received frames may not have taken effect", frames)
        return 1
