"""The one way of every batch, whatever it came by: decode, handle, set aside, commit, acknowledge, count."""

import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from shared.redis.link import RedisLink
from shared.redis.retry import RedisRetry
from shared.service.handler import BatchHandler
from shared.service.intake import Batch, Part, Sender
from shared.service.source_commits import SourceCommits, at_stake
from shared.telemetry.metrics import FeedMetrics
from shared.wire.rejects import Rejects
from shared.wire.symbol_table import SymbolTable


class Pipeline:
    """Lets batches take effect, one after the other.

    Args:
        handler: what is done with a batch.
        commits: brings what a batch leaves to Redis.
        link: to Redis, for what is set aside.
        retry: waits while Redis is away.
        metrics: what is counted.
    """

    def __init__(
        self,
        handler: BatchHandler,
        commits: SourceCommits,
        link: RedisLink,
        retry: RedisRetry,
        metrics: FeedMetrics,
    ) -> None:
        self.commits = commits
        self._handler = handler
        self._link, self._retry = link, retry
        self._metrics = metrics
        self._begun: Batch | None = None
        self._undone: Batch | None = None
        """What has been taken, but the commits do not know of yet."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way to Redis."""
        return self._begun is None

    @property
    def waiting(self) -> int:
        """How many messages may not have taken effect and would be lost if this process ended now."""
        return self.commits.waiting + (0 if self._undone is None else at_stake(self._undone))

    @property
    def symbols(self) -> SymbolTable:
        """What numbers the symbols of the next batch."""
        return self._handler.symbols

    def hold(self, batch: Batch) -> None:
        """A batch has been received, and counts as waiting until it is taken."""
        self._undone = batch

    def take(self, batch: Batch, decode: Callable[[SymbolTable], tuple[Any, Rejects]]) -> Rejects:
        """Do everything about a batch but wait for its commit; before, wait for the commit before.

        Args:
            batch: with at least one part.
            decode: its messages as the handler takes them, and those that are none.

        Returns:
            what was refused.
        """
        self._undone = batch
        messages, rejects = decode(self._handler.symbols)
        effects = self._handler.handle(messages, batch)
        if not batch.is_contested:
            self._count(batch, rejects)
        self.conclude()
        self._undone, self._begun = None, batch  # from here on the commits know what is waiting
        self.commits.begin(batch, effects)
        if batch.is_contested:
            self.conclude()
            if not batch.parts[0].sender.is_dismissed:
                self._count(batch, rejects)
        return rejects

    def move(self, batch: Batch) -> None:
        """Move positions over what has neither messages nor effects, such as heartbeats.

        Args:
            batch: with at least one part.
        """
        self.conclude()
        self._begun = batch
        self.commits.begin(batch, ())

    def heard_of(self, senders: Sequence[Sender]) -> None:
        """See `BatchHandler.heard_of`."""
        self._handler.heard_of(senders)

    def catch_up(self) -> None:
        """See `BatchHandler.catch_up`."""
        self._handler.catch_up()

    def conclude(self) -> None:
        """Wait until what was begun is in Redis."""
        if self._begun is None:
            return
        self._handler.committed(self.commits.conclude())
        now_ns = time.monotonic_ns()
        for part in self._begun.parts:
            self._metrics.latency_us.record((now_ns - part.received_ns) // 1000, part.messages)
        self._begun = None

    def settle(self) -> None:
        """Move and acknowledge the positions of all sources."""
        self.conclude()
        self.commits.settle()

    def _count(self, batch: Batch, rejects: Rejects) -> None:
        """Count a batch; log and store what was refused."""
        self._metrics.received += batch.messages
        self._metrics.batch_size.record(batch.messages)
        counts = rejects.counts()
        if not counts:
            return
        self._metrics.rejected.update(counts)
        letters = self._handler.rejected
        commands = []
        for reject in rejects.first(letters.allow(sum(counts.values()))):
            part = _part_of(batch, reject.frame)
            commands.append(letters.command(reject, part.sender.peer, part.place_of(reject.frame)))
        self._retry(lambda: self._link.roundtrip(commands))


def _part_of(batch: Batch, number: int) -> Part:
    """The part that a message of the batch is in."""
    return batch.parts[bisect_right(batch.parts, number, key=lambda each: each.first) - 1]
