"""Follows the limits: which version is in force, and which flags change with it, or with time alone."""

import time
from collections.abc import Callable
from typing import Final

from services.market_data.book import Book
from services.market_data.metrics import IngestMetrics
from services.market_data.rejudging import Rejudging
from services.market_data.store.quote_store import QuoteStore
from shared.published.watch import LimitsWatch
from shared.service.redis_access import RedisAccess

_LOOK_EVERY_S: Final = 0.5
"""So that all flags are those of an activated version a second later."""


class LimitsFollower:
    """Wants its turn like an intake (see `shared.service.intake.Intake`), though no messages come by it.

    Args:
        book: has the flags.
        store: writes them.
        redis: the way to Redis.
        metrics: what is counted.
    """

    def __init__(self, book: Book, store: QuoteStore, redis: RedisAccess, metrics: IngestMetrics) -> None:
        self._book, self._store = book, store
        self._watch = LimitsWatch(redis.link, redis.name)
        self._rejudging = Rejudging(book)
        self._clock, self._retry = redis.clock, redis.retry
        self._metrics = metrics
        self._wake: Callable[[], None] = lambda: None
        self._look_at_s = 0.0

    @property
    def version(self) -> int:
        """Of the limits in force; 0: none are published."""
        return self._watch.active_number

    @property
    def troubles(self) -> list[str]:
        """What is wrong with the limits in Redis."""
        return list(self._watch.troubles)

    def start(self, wake: Callable[[], None]) -> None:
        """See which version is in force; flags of an earlier run give way where there is none any more."""
        self._wake = wake
        self._look()
        if not self.version:
            self._book.forget_versions(self._clock.now_us())
            self._store.sync()

    def turn(self) -> None:
        """See which version is in force, or judge again what is doubtful and write what has changed.

        Either takes some milliseconds, so that quotes do not wait long.
        """
        if time.monotonic() >= self._look_at_s:
            self._retry(self._look)
        else:
            self._judge_some()
        if self._rejudging.is_due:
            self._wake()

    def _judge_some(self) -> None:
        now_us = self._clock.now_us()
        self._rejudging.look_at_the_time(now_us)
        if self._rejudging.is_due:
            self._rejudging.judge_some(now_us)
            if self._book.unwritten:
                self._retry(self._store.sync)

    def every_second(self) -> None:
        """Nothing to do: each turn looks at the time."""

    def _look(self) -> None:
        self._watch.read()
        self._look_at_s = time.monotonic() + _LOOK_EVERY_S
        self._metrics.limits_version, active = self.version, self._watch.active
        if active is not None and active.pointer.number != self._book.flags.version:
            self._rejudging.judge_by(active.judge, self._clock.now_us())
