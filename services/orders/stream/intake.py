"""Orders from a Redis stream, beside those of the feed; two checkers on one stream are a hot standby.

Whoever owns the stream's position checks its orders. A checker that finds another owner stands by until the
position has stood still for a while with entries waiting, and takes the position over. No clock of another
machine and no lease is involved: a commit of the former owner just finds that it is not the owner any more.
"""

import logging
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Final

from redis.exceptions import ResponseError

from market_spread.framing import DecodeError
from services.orders.checker import Checker
from services.orders.feed.batch import OrderList, Placed
from services.orders.metrics import CheckMetrics
from services.orders.model.alert import RaisedAlert
from services.orders.stream.entries import Entries, StreamWaiter, decode_entry, read_entries
from shared.base.source import Source
from shared.commit.chunks import cut
from shared.commit.positions import Positions
from shared.commit.source_commit import POSITION_FIELDS, Outcome, SourceCommit, has_lost
from shared.commit.stream_position import START, StreamPosition, Unusable, parse_position
from shared.redis.link import command
from shared.service.redis_access import RedisAccess
from shared.wire.framing import RejectedFrame

logger = logging.getLogger(__name__)

_STILL_S: Final = 0.25
_LOOK_AGAIN_S: Final = 0.05
_LOOK_AGAIN_AFTER_TROUBLE_S: Final = 1.0


class StreamIntake:
    """Checks the orders of one stream; see `shared.service.handler.Intake`.

    Args:
        stream: its name.
        key: of its position.
        keep_orders: whether orders stay in the stream when they have been checked.
        claims: whether to take the stream over at the start whoever owns it.
        redis: the way to Redis.
        checker: checks orders.
        metrics: what is counted.
    """

    def __init__(
        self,
        stream: str,
        key: str,
        *,
        keep_orders: bool,
        claims: bool,
        redis: RedisAccess,
        checker: Checker,
        metrics: CheckMetrics,
    ) -> None:
        self._stream = stream
        self._keep_orders = keep_orders
        self._claims = claims
        self._link, self._retry = redis.link, redis.retry
        self._checker = checker
        self._metrics = metrics
        self._positions = Positions(redis.link, checker.append)
        self._source = Source(key, secrets.token_hex(16), str(START))
        self._waiting_link = redis.another_link(stream)
        self._waiter: StreamWaiter | None = None
        self._is_waited_for = False
        self._is_woken = False
        self._is_standby = True
        self._has_lost_position = False
        self._trouble = ""
        self._seen = ""
        self._still_since = 0.0
        self._next_look = 0.0

    def start(self, wake: Callable[[], None]) -> None:
        """Become the owner if there is none or the stream is claimed, stand by otherwise."""

        def woken() -> None:
            self._is_waited_for = False
            self._is_woken = True
            wake()

        if self._waiter is None:
            self._waiter = StreamWaiter(self._waiting_link, self._stream, woken)
            self._waiter.start()
        (owner,) = self._link.roundtrip([command(self._source.key, "HGET", self._source.key, "owner")])
        if owner is not None and not self._claims:
            logger.info("standing by on the stream %s", self._stream)
            return
        try:
            self._take_over()
        except Unusable as error:
            self._leave(error)

    def turn(self) -> None:
        """Check what has been added, or see whether the owner still does."""
        try:
            if self._is_standby:
                if time.monotonic() >= self._next_look:
                    self._retry(self._look, not_on=Unusable)
            elif self._has_lost_position:
                self._go_on_from_what_is_left()
            elif self._is_woken:
                self._is_woken = False
                self._take()
        except Unusable as error:
            self._leave(error)

    def every_second(self) -> None:
        """Measure the lag and trim what has been checked."""
        position = self._position
        try:
            found = read_entries(self._link, self._stream, position, 1)
        except Unusable as error:
            if not self._is_standby:
                self._leave(error)
            return
        self._metrics.stream_lag[self._stream] = found.waiting
        if found.is_behind:
            self._say_that_it_ends_before(position, found.waiting)
        elif not self._is_standby:
            self._is_woken |= found.trimmed > 0  # nobody else wakes us if nothing is left
            if not self._keep_orders:
                trim = command(self._stream, "XTRIM", self._stream, "MINID", position.entry_id)
                self._link.roundtrip([trim])

    @property
    def _position(self) -> StreamPosition:
        return parse_position(self._source.key, self._source.position)

    def _take(self) -> None:
        """Check a batch of entries and commit it."""
        began_ns = time.monotonic_ns()
        after = self._position
        batch = self._retry(lambda: read_entries(self._link, self._stream, after), not_on=Unusable)
        if batch.entries or batch.trimmed:
            self._check(batch)
            latency_us = (time.monotonic_ns() - began_ns) // 1000
            self._metrics.latency_us.record(latency_us, len(batch.entries))
        if not self._is_standby:
            self._wait_for_more()

    def _wait_for_more(self) -> None:
        """Be woken when something follows the position."""
        assert self._waiter is not None
        if not self._is_waited_for:
            self._is_waited_for = True
            self._waiter.ask(self._position.entry_id)

    def _check(self, batch: Entries) -> None:
        orders, rejects = self._decode(batch)
        alerts = self._checker.check(OrderList(orders))
        arguments_of = self._positions.arguments_of
        chunks = cut(alerts, arguments_of, len(batch.entries), batch.position_after)
        pending = SourceCommit(self._source, chunks)
        self._retry(lambda: self._positions.commit([pending]))
        if pending.outcome is Outcome.COMMITTED:
            self._trouble = ""
            self._count(batch, alerts, rejects)
        elif pending.outcome is Outcome.REFUSED:
            raise Unusable(f"the stream {self._stream} cannot be checked: {pending.error}")
        elif pending.outcome is Outcome.LOST:
            self._go_on_from_what_is_left()
        else:
            logger.warning("the stream %s has another owner: standing by", self._stream)
            self._stand_by()

    def _count(self, batch: Entries, alerts: Sequence[RaisedAlert], rejects: list[RejectedFrame]) -> None:
        """Count a committed batch, and set aside what was refused.

        Before the commit nobody knows whether entries are missing, or were read and trimmed by another owner.
        """
        if batch.trimmed:
            logger.error("%d entries of the stream %s were trimmed unread", batch.trimmed, self._stream)
            self._metrics.stream_trimmed += batch.trimmed
        self._metrics.received += len(batch.entries)
        self._metrics.batch_size.record(len(batch.entries))
        self._metrics.rejected.update(each.reason for each in rejects)
        self._checker.committed(alerts)
        rejected, peer = self._checker.rejected, f"stream {self._stream}"
        commands = [
            rejected.command(each, peer, f"entry {batch.entries[each.frame][0].decode()}")
            for each in rejects[: rejected.allow(len(rejects))]
        ]
        self._retry(lambda: self._link.roundtrip(commands))

    def _decode(self, batch: Entries) -> tuple[list[Placed], list[RejectedFrame]]:
        orders, rejects = [], []
        for place, (_, fields) in enumerate(batch.entries):
            try:
                order = decode_entry(fields)
            except DecodeError as error:
                rejects.append(RejectedFrame(place, error.reason, error.raw))
            else:
                orders.append(Placed(place, self._checker.symbols.number(order.symbol), order))
        return orders, rejects

    def look_for_losses(self) -> None:
        """See whether Redis still knows how far the stream was checked; if not, the rest is checked again."""
        if self._is_standby:
            return
        key = self._source.key
        (reply,) = self._link.roundtrip([command(key, "HMGET", key, *POSITION_FIELDS)])
        self._has_lost_position |= has_lost(self._source, reply, self._is_before)

    def _is_before(self, position: str) -> bool:
        """Whether a position is before the last committed one; a commit finds out what is no position."""
        try:
            return parse_position(self._source.key, position).ordinal < self._position.ordinal
        except Unusable:
            return False

    def _go_on_from_what_is_left(self) -> None:
        """Redis has an older position or none: check again what came after it."""
        logger.error("Redis has lost the position in the stream %s: going on from what it has", self._stream)
        self._has_lost_position = self._is_waited_for = False
        self._source.position = str(START)
        self._retry.doubt.raise_()
        self._retry(self._take_over, not_on=Unusable)
        self._is_woken = True

    def _stand_by(self) -> None:
        self._is_standby, self._has_lost_position = True, False
        self._seen = ""

    def _leave(self, error: Unusable) -> None:
        """Leave the stream alone for a while, so that it holds up nobody else, and say why, once."""
        self._say(f"{error}; its orders wait until that is repaired")
        self._stand_by()
        self._next_look = time.monotonic() + _LOOK_AGAIN_AFTER_TROUBLE_S

    def _say_that_it_ends_before(self, position: StreamPosition, entries: int) -> None:
        if entries:
            self._say(
                f"the stream {self._stream} ends before {position.entry_id.decode()}, up to where it was "
                "checked: it was begun anew or has lost entries; what it has is neither checked nor trimmed; "
                f"add orders with larger IDs, or stop all checkers and delete {self._source.key}"
            )

    def _say(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            logger.error("%s", trouble)

    def _look(self) -> None:
        """Take over if the position has stood still for a while with entries waiting."""
        now = time.monotonic()
        self._next_look = now + _LOOK_AGAIN_S
        (stored,) = self._link.roundtrip([command(self._source.key, "HGET", self._source.key, "position")])
        if isinstance(stored, ResponseError):
            raise Unusable(f"{self._source.key} cannot be used: {stored}")
        position = START if stored is None else parse_position(self._source.key, stored.decode())
        self._source.position = str(position)
        found = read_entries(self._link, self._stream, position, 1)
        is_idle = not found.entries and not found.trimmed
        if is_idle or self._source.position != self._seen:
            self._seen, self._still_since = self._source.position, now
        elif now - self._still_since >= _STILL_S:
            self._take_over()

    def _take_over(self) -> None:
        (position,) = self._positions.open([self._source])
        if isinstance(position, ResponseError):
            raise Unusable(f"{self._source.key} cannot be used: {position}")
        try:
            parse_position(self._source.key, position)
        except Unusable:
            self._source.position = str(START)
            raise
        logger.info("checking the orders of the stream %s from %s on", self._stream, position)
        self._is_standby = False
        self._wait_for_more()
