"""Messages from a Redis stream, beside those of the feed; two processes on one stream are a hot standby.

Whoever owns the stream's position takes its entries. A process that finds another owner stands by until the
position has stood still for a while with entries waiting, and takes the position over. No clock of another
machine and no lease is involved: a commit of the former owner just finds that it is not the owner any more.
"""

import enum
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from shared.commit.positions import CommitScript
from shared.commit.stream_position import StreamPosition, Unusable
from shared.redis.link import command
from shared.service.pipeline import Pipeline
from shared.service.redis_access import RedisAccess
from shared.service.stream.batch import StreamBatch
from shared.service.stream.ownership import StreamOwnership
from shared.service.stream.reader import StreamReader, read_entries
from shared.service.stream.waiter import StreamWaiter
from shared.telemetry.metrics import FeedMetrics
from shared.wire.messages import StreamEntry
from shared.wire.rejects import Rejects
from shared.wire.symbol_table import SymbolTable

logger = logging.getLogger(__name__)

_LOOK_AGAIN_AFTER_TROUBLE_S: Final = 1.0

Decode = Callable[[Sequence[StreamEntry], SymbolTable], tuple[Any, Rejects]]


class _State(enum.Enum):
    """What this process has to do with the stream."""

    STANDBY = "standby"
    """Another one owns it, or it cannot be used now."""
    OWNER = "owner"
    BEHIND = "behind"
    """The owner, which believes to be further than Redis says, and goes back."""


class StreamIntake:
    """Takes the entries of one stream; see `shared.service.intake.Intake` and `Sender`.

    Args:
        stream: its name.
        key: of its position.
        append: what commits write.
        decode: its entries as the handler takes them, and those that are none.
        keep_entries: whether entries stay in the stream when they have taken effect.
        claims: whether to take the stream over at the start whoever owns it.
        redis: the way to Redis.
        pipeline: what follows.
        metrics: what is counted.
    """

    number = 0

    def __init__(
        self,
        stream: str,
        key: str,
        append: CommitScript,
        decode: Decode,
        *,
        keep_entries: bool,
        claims: bool,
        redis: RedisAccess,
        pipeline: Pipeline,
        metrics: FeedMetrics,
    ) -> None:
        self.peer = f"stream {stream}"
        self._ownership = StreamOwnership(stream, key, redis.link, append)
        self.source = self._ownership.source
        self._stream, self._reader, self._decode = stream, StreamReader(redis.link, stream), decode
        self._keep_entries, self._claims = keep_entries, claims
        self._link, self._retry = redis.link, redis.retry
        self._pipeline = pipeline
        self._metrics = metrics
        self._waiting_link = redis.another_link(stream)
        self._waiter: StreamWaiter | None = None
        self._state = _State.STANDBY
        self._trouble = ""
        self._trimmed = 0
        """Entries of the batch under way that are gone unread."""

    @property
    def is_dismissed(self) -> bool:
        """See `Sender.is_dismissed`."""
        return self._state is not _State.OWNER

    def start(self, wake: Callable[[], None]) -> None:
        """Become the owner if there is none or the stream is claimed, stand by otherwise."""
        if self._waiter is None:
            self._waiter = StreamWaiter(self._waiting_link, self._stream, wake)
            self._waiter.start()
        if self._ownership.has_owner() and not self._claims:
            logger.info("standing by on the stream %s", self._stream)
            return
        try:
            self._take_over()
        except Unusable as error:
            self._leave(error)

    def turn(self) -> None:
        """Take what has been added, or see whether the owner still does."""
        assert self._waiter is not None
        try:
            if self._state is _State.OWNER and self._waiter.take_news():
                self._take()
            if self._state is _State.BEHIND:
                self._go_on_from_what_is_left()
            elif self._state is _State.STANDBY and self._ownership.watch.is_due():
                self._retry(self._look, not_on=Unusable)
        except Unusable as error:
            self._leave(error)

    def every_second(self) -> None:
        """Measure the lag and trim what has taken effect."""
        try:
            self._look_after_the_stream()
        except Unusable as error:
            if self._state is not _State.STANDBY:
                self._leave(error)

    def finish(self) -> bool:
        """Nothing is left to take: what was read has been taken, and the rest stays in the stream."""
        return True

    def _look_after_the_stream(self) -> None:
        position = self._ownership.position
        found = read_entries(self._link, self._stream, position, 1)
        self._metrics.stream_lag[self._stream] = found.waiting
        if found.is_behind:
            self._say_that_it_ends_before(position, found.waiting)
        elif self._state is not _State.STANDBY:
            if found.trimmed and self._waiter is not None:
                self._waiter.look_at_once()  # nobody else wakes us if nothing is left
            if not self._keep_entries:
                # By the position that Redis has: what it has lost of ours has to be taken again.
                taken = self._ownership.stored_position().entry_id
                self._link.roundtrip([command(self._stream, "XTRIM", self._stream, "MINID", taken)])

    def _take(self) -> None:
        """Let a batch of entries take effect."""
        batch = self._retry(self._read, not_on=Unusable)
        found = batch.entries
        if found.entries or found.trimmed:
            self._trimmed = found.trimmed
            self._pipeline.heard_of([self])
            self._pipeline.take(batch, partial(self._decode, found.entries))
        if self._state is _State.OWNER:
            self._wait_for_more()

    def _read(self) -> StreamBatch:
        """What follows the position, read from now on: an attempt that failed does not make it older."""
        began_ns = time.monotonic_ns()
        return StreamBatch(self, self._reader.read(self._ownership.position), began_ns)

    def _wait_for_more(self, *, anew: bool = False) -> None:
        """Be woken when something follows the position."""
        assert self._waiter is not None
        self._waiter.ask(self._ownership.position.entry_id, anew=anew)

    def acknowledge(self, position: str) -> None:  # noqa: ARG002 (it is the one of the source)
        """The batch has taken effect.

        Before, nobody knows whether entries are missing, or were read and trimmed by another owner.
        """
        self._trouble = ""
        if self._trimmed:
            logger.error("%d entries of the stream %s were trimmed unread", self._trimmed, self._stream)
            self._metrics.stream_trimmed += self._trimmed
            self._trimmed = 0

    def acknowledge_later(self) -> None:
        """Nobody waits for it: whoever added an entry is told nothing."""

    def fenced(self) -> None:
        """See `Sender.fenced`."""
        logger.warning("the stream %s has another owner: standing by", self._stream)
        self._stand_by()

    def take_again(self, why: str, level: int) -> None:
        """See `Sender.take_again`."""
        if self._state is _State.OWNER:
            logger.log(level, "the stream %s: %s: going on from what Redis has", self._stream, why)
            self._state = _State.BEHIND

    def refuse(self, text: str) -> None:
        """See `Sender.refuse`."""
        self._leave(Unusable(f"the stream {self._stream} cannot be checked: {text}"))

    def is_before(self, position: str) -> bool:
        """See `Sender.is_before`."""
        return self._ownership.is_before(position)

    def _go_on_from_what_is_left(self) -> None:
        """Redis has an older position or none: take again what came after it."""
        self._ownership.forget_position()
        self._retry.doubt.raise_()
        self._retry(partial(self._take_over, anew=True), not_on=Unusable)

    def _stand_by(self) -> None:
        self._pipeline.commits.forget(self)
        self._state = _State.STANDBY
        self._ownership.watch.begin()

    def _leave(self, error: Unusable) -> None:
        """Leave the stream alone for a while, so that it holds up nobody else, and say why, once."""
        self._say(f"{error}; its entries wait until that is repaired")
        self._stand_by()
        self._ownership.watch.begin(first_look_in_s=_LOOK_AGAIN_AFTER_TROUBLE_S)

    def _say_that_it_ends_before(self, position: StreamPosition, entries: int) -> None:
        if entries:
            self._say(
                f"the stream {self._stream} ends before {position.entry_id.decode()}, up to where it was "
                "taken: it was begun anew or has lost entries; what it has neither takes effect nor is "
                "trimmed; add entries with larger IDs, or stop all services that read it and delete "
                f"{self.source.key}"
            )

    def _say(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            logger.error("%s", trouble)

    def _look(self) -> None:
        """Take over if the owner does nothing any more, and still nothing once we have caught up.

        Catching up takes seconds where there is much. As the owner we would stand still meanwhile, so that
        another one takes over, and catches up, and so on: nobody would ever commit.
        """
        if self._ownership.has_stood_still():
            self._pipeline.catch_up()
            if self._ownership.has_stood_still():
                self._take_over()

    def _take_over(self, *, anew: bool = False) -> None:
        self._ownership.take_over()
        self._pipeline.commits.own(self, self.source)
        self._state = _State.OWNER
        self._wait_for_more(anew=anew)
        assert self._waiter is not None
        self._waiter.look_at_once()  # what waits may be older than what it was asked for before
