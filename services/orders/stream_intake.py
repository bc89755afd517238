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

from services.orders.alert import Alert
from services.orders.batch import OrderList, Placed
from services.orders.checker import Checker
from services.orders.messages import FEED
from services.orders.metrics import CheckMetrics
from services.orders.order_stream import (
    START,
    Entries,
    StreamWaiter,
    decode_entry,
    parse_position,
    read_entries,
)
from shared.insist import Insistence
from shared.pending import Outcome, Pending, Source
from shared.portions import cut
from shared.positions import Positions
from shared.redis_link import Link, RedisAway, command
from shared.rejected import Rejected
from shared.wire import DecodeError, Reject

logger = logging.getLogger(__name__)

_STILL_S: Final = 0.25
_LOOK_AGAIN_S: Final = 0.05


class StreamIntake:
    """Checks the orders of one stream; see `shared.work.Intake`.

    Args:
        stream: its name.
        key: of its position.
        keep_orders: whether orders stay in the stream when they have been checked.
        claims: whether to take the stream over at the start whoever owns it.
        link: to Redis.
        waiting_link: to Redis, for waiting in a thread of its own.
        insist: waits while Redis is away.
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
        link: Link,
        waiting_link: Link,
        insist: Insistence,
        checker: Checker,
        metrics: CheckMetrics,
    ) -> None:
        self._stream = stream
        self._keep_orders = keep_orders
        self._claims = claims
        self._link = link
        self._insist = insist
        self._checker = checker
        self._metrics = metrics
        self._positions = Positions(link, checker.append)
        self._source = Source(key, secrets.token_hex(16), str(START), is_held=True)
        self._rejected = Rejected(FEED, other_feeds={})
        self._waiting_link = waiting_link
        self._waiter: StreamWaiter | None = None
        self._is_woken = False
        self._is_standby = True
        self._seen = ""
        self._still_since = 0.0
        self._next_look = 0.0

    def start(self, wake: Callable[[], None]) -> None:
        """Become the owner if there is none or the stream is claimed, stand by otherwise."""

        def woken() -> None:
            self._is_woken = True
            wake()

        self._waiter = StreamWaiter(self._waiting_link, self._stream, woken)
        self._waiter.start()
        (owner,) = self._link.roundtrip([command(self._source.key, "HGET", self._source.key, "owner")])
        if owner is None or self._claims:
            self._take_over()
        else:
            logger.info("standing by on the stream %s", self._stream)

    def turn(self) -> None:
        """Check what has been added, or see whether the owner still does."""
        if self._is_standby:
            if time.monotonic() >= self._next_look:
                self._insist(self._look)
        elif self._is_woken:
            self._is_woken = False
            self._take()

    def tick(self) -> None:
        """Measure the lag and trim what has been checked."""
        position = parse_position(self._source.position)
        self._metrics.stream_lag[self._stream] = read_entries(self._link, self._stream, position, 1).waiting
        if not self._is_standby and not self._keep_orders:
            trim = command(self._stream, "XTRIM", self._stream, "MINID", position.entry_id)
            self._link.roundtrip([trim])

    def _take(self) -> None:
        """Check a batch of entries and commit it."""
        assert self._waiter is not None
        began_ns = time.monotonic_ns()
        after = parse_position(self._source.position)
        batch = self._insist(lambda: read_entries(self._link, self._stream, after))
        if batch.entries:
            self._check(batch)
            latency_us = (time.monotonic_ns() - began_ns) // 1000
            self._metrics.latency_us.record(latency_us, len(batch.entries))
        if not self._is_standby:
            self._waiter.ask(parse_position(self._source.position).entry_id)

    def _check(self, batch: Entries) -> None:
        orders, rejects = self._decode(batch)
        alerts = self._checker.check(OrderList(orders))
        words_of = self._positions.words_of
        portions = cut(alerts, words_of, len(batch.entries), batch.position_after)
        pending = Pending(self._source, portions)
        self._insist(lambda: self._positions.commit([pending]))
        if pending.outcome is Outcome.COMMITTED:
            self._count(batch, alerts, rejects)
        else:
            logger.warning("the stream %s has another owner: standing by", self._stream)
            self._stand_by()

    def _count(self, batch: Entries, alerts: Sequence[Alert], rejects: list[Reject]) -> None:
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
        peer = f"stream {self._stream}"
        commands = [
            self._rejected.command(each, peer, f"entry {batch.entries[each.frame][0].decode()}")
            for each in rejects[: self._rejected.allow(len(rejects))]
        ]
        self._insist(lambda: self._link.roundtrip(commands))

    def _decode(self, batch: Entries) -> tuple[list[Placed], list[Reject]]:
        orders, rejects = [], []
        for place, (_, fields) in enumerate(batch.entries):
            try:
                order = decode_entry(fields)
            except DecodeError as error:
                rejects.append(Reject(place, error.reason, error.raw))
            else:
                orders.append(Placed(place, self._checker.symbols.number(order.symbol), order))
        return orders, rejects

    def _stand_by(self) -> None:
        self._is_standby = True
        self._seen = ""

    def _look(self) -> None:
        """Take over if the position has stood still for a while with entries waiting."""
        now = time.monotonic()
        self._next_look = now + _LOOK_AGAIN_S
        (stored,) = self._link.roundtrip([command(self._source.key, "HGET", self._source.key, "position")])
        position = START if stored is None else parse_position(stored.decode())
        self._source.position = str(position)
        is_idle = not read_entries(self._link, self._stream, position, 1).entries
        if is_idle or self._source.position != self._seen:
            self._seen, self._still_since = self._source.position, now
        elif now - self._still_since >= _STILL_S:
            self._take_over()

    def _take_over(self) -> None:
        assert self._waiter is not None
        (position,) = self._positions.open([self._source])
        if isinstance(position, ResponseError):
            raise RedisAway(f"the position of the stream {self._stream} cannot be used: {position}")
        logger.info("checking the orders of the stream %s from %s on", self._stream, position)
        self._is_standby = False
        self._waiter.ask(parse_position(position).entry_id)
