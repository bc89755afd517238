"""The life of a service: start, turn after turn of what has arrived, stop."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from shared.commit.positions import Positions
from shared.feed.listener import Listener
from shared.market import keys
from shared.process.lifecycle import Stop, bound, reach, refusals_end_the_start
from shared.process.options import ServiceSettings
from shared.process.stop_budget import LAST_READS_S
from shared.redis.link import RedisUnavailable
from shared.redis.retry import StopRequested
from shared.service.frame_intake import Decode, FrameIntake
from shared.service.handler import BatchHandler
from shared.service.intake import Intake
from shared.service.pipeline import Pipeline
from shared.service.plain_source import PlainSource
from shared.service.redis_access import RedisAccess
from shared.service.reporter import Reporter
from shared.service.source_commits import SourceCommits
from shared.telemetry.metrics import FeedMetrics
from shared.telemetry.monitor import Monitor
from shared.telemetry.status import REFRESH_S

logger = logging.getLogger(__name__)

_LONGEST_POLL_S: Final = 0.1
_SHORT_POLL_S: Final = 0.01


class Service:
    """A feed, other ways in beside it, what is done with what arrives, and Redis.

    Args:
        role: `ingest` or `check`.
        feed_name: `market_data` or `orders`.
        settings: what both services can be told.
        stop: when to end.
        redis: the way to Redis.
        metrics: what is counted.
        handler: what is done with a batch.
        decode: the feed's frames as the handler takes them.
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
        decode: Decode,
    ) -> None:
        self._settings, self._stop = settings, stop
        self._redis, self._retry = redis, redis.retry
        self._metrics, self._handler = metrics, handler
        self._intakes: Sequence[Intake] = ()
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
        key_of = partial(keys.position, settings.alerts, feed_name)
        positions = Positions(redis.commit_link, handler.append)
        self._commits = SourceCommits(positions, PlainSource(key_of), redis.retry)
        self.pipeline = Pipeline(handler, self._commits, redis.link, redis.retry, metrics)
        """For other ways in."""
        self._frames = FrameIntake(
            self._feed, decode, self.pipeline, handler.rejected, positions, key_of, redis.retry
        )
        self._next_tick = 0.0
        self._retry.while_holding = self._report_holding
        self._retry.settle_doubt = self._look_for_losses
        self._feed_name = feed_name

    def watch(self, fileno: int) -> None:
        """Do not wait any longer when this can be read: something has arrived for another way in."""
        self._feed.wake_when_readable(fileno)

    def run(self, intakes: Sequence[Intake] = ()) -> int:
        """Serve until told to stop; the exit code.

        Args:
            intakes: other ways in, which take their batches through the `pipeline`.
        """
        self._intakes = intakes
        try:
            self._start()
            while self._stop.at is None:
                self._turn(self._patience_s())
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
        reach(self._redis.link, self._settings.redis_attempts, self._stop)
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
        self._redis.clock.look(self._redis.link)
        if self._reporter.is_started:
            self._handler.look_for_losses()
            self._commits.look_for_losses(self._redis.link)

    def _patience_s(self) -> float:
        """How long to wait for something to arrive."""
        if not self.pipeline.is_idle:
            return 0
        return min(_LONGEST_POLL_S, max(0.0, self._commits.due_in_s()))

    def _turn(self, timeout_s: float) -> int:
        """Let everything that has arrived take effect, and say so; how many frames it was."""
        frames = self._frames.turn(timeout_s)
        self._metrics.connections = self._feed.connections
        if time.monotonic() >= self._next_tick:
            self._tick()
        return frames

    def _tick(self) -> None:
        self._next_tick = time.monotonic() + REFRESH_S
        ticks: list[Callable[[], None]] = [
            partial(self._redis.clock.look, self._redis.link),
            self._handler.every_second,
        ]
        ticks += [intake.every_second for intake in self._intakes]
        for tick in ticks:
            self._retry(tick)
        figures = self._reporter.figures()
        self._retry(lambda: self._redis.link.roundtrip(figures))

    def _report_holding(self) -> None:
        """Say once a second that everything is held back, for no turn ends meanwhile."""
        if time.monotonic() >= self._next_tick:
            self._next_tick = time.monotonic() + REFRESH_S
            with suppress(RedisUnavailable):  # the step that is held finds that out
                self._redis.link.roundtrip(self._reporter.figures(is_holding=True))

    def _finish(self) -> None:
        """Take no more connections, and finish what has been received."""
        self._feed.stop_accepting()
        have_ended, timeout_s = False, 0.0
        while True:
            was_idle = self.pipeline.is_idle
            is_idle = not self._turn(timeout_s) and was_idle and have_ended
            ends = [intake.finish() for intake in self._intakes]  # each of them, each time
            have_ended = all(ends)
            if is_idle or self._stop.longer_ago_than(LAST_READS_S):
                break
            timeout_s = 0.0 if have_ended else _SHORT_POLL_S
        self.pipeline.settle()
        self._retry(lambda: self._redis.link.roundtrip(self._reporter.goodbye()))

    def _give_up(self) -> int:
        """Say how much may be lost, and let no sender take the end for a success; the exit code."""
        frames = self.pipeline.waiting
        frames += self._feed.poll(0).messages  # what has arrived while nobody read
        self._feed.reset()
        if not frames:
            logger.warning("stopped while Redis was away; nothing received was waiting for it")
            return 0
        logger.error("stopped while Redis was away: %d received frames may not have taken effect", frames)
        return 1
