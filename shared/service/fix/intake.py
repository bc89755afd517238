"""Messages of FIX sessions, beside those of the feed: many counterparties at once, in the service's loop.

What a session has taken goes through the pipeline as any sender's messages do. Its position is its next
expected MsgSeqNum, so what had not taken effect when a process died is asked for again by FIX's own means.
"""

import logging
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from shared.commit.fix_position import FixPositions
from shared.commit.fix_standing import look
from shared.commit.positions import CommitScript, Positions
from shared.feed.fix.listener import FixListener
from shared.service.fix.batch import FixBatch, FixPart
from shared.service.fix.initiators import Initiators
from shared.service.fix.journal import Journal
from shared.service.fix.logons import Logons
from shared.service.fix.reader import ReaderOf
from shared.service.fix.reading import next_part
from shared.service.fix.sessions import Sessions
from shared.service.pipeline import Pipeline
from shared.service.redis_access import RedisAccess
from shared.telemetry.fix_metrics import FixMetrics
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.rejects import Rejects
from shared.wire.symbol_table import SymbolTable

logger = logging.getLogger(__name__)

_OVERLAPPED_ITEMS: Final = 1000
"""While Redis works on the commit of so many, more are on their way; see `shared.service.frame_intake`."""

_TICK_S: Final = 0.02
"""How often to look whether something is due; what is due is a matter of seconds."""

_LAST_WORDS_S: Final = 1.0
"""How long a stopping service waits for answers to its Logouts: within `shared.process.stop_budget`."""

Decode = Callable[[FixBatch, SymbolTable], tuple[Any, Rejects]]


class FixIntake:
    """Takes what sessions receive; see `shared.service.intake.Intake`.

    Args:
        sessions: who may log on.
        listener: where they connect.
        key: the key of a session's position by its name.
        append: what commits write.
        reader_of: what the service makes of the messages of a session.
        decode: items as the handler takes them, and those that are none.
        contexts: for TLS, by session.
        redis: the way to Redis.
        pipeline: what follows.
        metrics: what is counted.
    """

    def __init__(
        self,
        sessions: Sequence[SessionSettings],
        listener: FixListener,
        key: Callable[[str], str],
        append: CommitScript,
        reader_of: ReaderOf,
        decode: Decode,
        contexts: Mapping[str, ssl.SSLContext],
        *,
        redis: RedisAccess,
        pipeline: Pipeline,
        metrics: FixMetrics,
    ) -> None:
        self._listener = listener
        self._decode = decode
        self._pipeline, self._retry = pipeline, redis.retry
        now_us = redis.clock.now_us
        journals = {each.name: Journal(each, metrics, now_us) for each in sessions}
        self._logons = Logons(sessions, listener, journals, now_us)
        self._sessions = Sessions(
            sessions,
            key,
            listener,
            self._logons,
            FixPositions(redis.commit_link, Positions(redis.commit_link, append)),
            pipeline.commits,
            redis.retry,
            reader_of,
            journals,
            now_us,
        )
        self._initiators = Initiators(
            sessions, listener, lambda name: look(redis.link, key(name)), contexts, journals
        )
        self._leaves_at: float | None = None
        """When whoever has not answered our last Logout is left; None: this service is not stopping."""
        self._next_tick = 0.0

    def start(self, wake: Callable[[], None]) -> None:
        """Redis is there."""
        logger.info("FIX sessions may log on", extra={"address": str(self._listener.address or "none")})
        self._initiators.start(wake)
        self._retry.while_waiting = self._go_on_speaking

    def turn(self) -> None:
        """Take what has arrived, and do what is due."""
        self._receive()
        # Before one of these has its turn, what its peer sent on an earlier connection is read.
        logons = self._logons.waiting()
        self._work()
        dialled = list(self._initiators.connected())
        if logons or dialled:
            self._pipeline.settle()  # a session that comes back goes on from where it really stands
            for logon in logons:
                self._sessions.log_on(logon)
            for settings, connection in dialled:
                if not self._sessions.dialled(connection, settings):
                    self._initiators.unusable(settings)
            self._work()
        for sender in self._sessions:
            sender.speak()
            if sender.connection.has_unsent:
                self._listener.flush(sender.connection)

    def every_second(self) -> None:
        """Take down where the sessions stand, and look at those that other processes have."""
        self._sessions.measure()
        self._initiators.look_around()

    def finish(self) -> bool:
        """Log out, take what still comes, and say whether that was all."""
        if self._leaves_at is None:
            self._leaves_at = time.monotonic() + _LAST_WORDS_S
            self._listener.stop_accepting()
            self._initiators.stop()
            for logon in self._logons.waiting():
                self._logons.turn_away(logon.connection, "this service is stopping")
            for sender in self._sessions:
                sender.log_out("this service is stopping")
        elif time.monotonic() >= self._leaves_at:
            for sender in self._sessions:
                sender.is_dismissed = True
        self.turn()
        return not self._sessions

    def close(self) -> None:
        """Close all sockets."""
        self._listener.close()

    def _receive(self) -> None:
        """Read what has arrived."""
        for connection, data, received_ns in self._listener.poll():
            sender = self._sessions.on(connection)
            if data is None:
                self._logons.connected(connection)
            elif sender is None:
                self._logons.receive(connection, data, received_ns)
            elif data:
                sender.receive(data, received_ns)
            else:
                sender.is_cut = True
        now = time.monotonic()
        if now >= self._next_tick:
            self._next_tick = now + _TICK_S
            for sender in self._sessions:
                sender.tick()
            self._logons.tick()

    def _work(self) -> None:
        """Do what the sessions ask for, each in the order of its messages."""
        self._take()
        while self._begin_again():
            self._take()
        self._reserve()
        self._forget()

    def _take(self) -> None:
        """Let what was taken take effect."""
        parts: list[FixPart] = []
        first = 0
        symbols = self._pipeline.symbols
        for sender in self._sessions:
            part = None if sender.is_dismissed else next_part(sender, first, symbols)
            if part is not None:
                parts.append(part)
                first += part.messages
        self._pipeline.heard_of([part.sender for part in parts])
        if not parts:
            return
        batch = FixBatch(parts)
        if batch.messages:
            self._pipeline.take(batch, partial(self._decode, batch))
        else:
            self._pipeline.move(batch)
        if batch.messages < _OVERLAPPED_ITEMS:
            self._pipeline.conclude()

    def _begin_again(self) -> bool:
        """Let those sessions begin again that are to; whether any was."""
        beginning = [sender for sender in self._sessions if sender.began_again is not None]
        if beginning:
            self._pipeline.settle()
        for sender in beginning:
            self._sessions.begin_again(sender)
        return bool(beginning)

    def _reserve(self) -> None:
        needing = [sender for sender in self._sessions if sender.numbers_needed is not None]
        if needing:
            self._pipeline.conclude()
        for sender in needing:
            self._sessions.reserve(sender)

    def _forget(self) -> None:
        """Let those go that have ended, once all is committed that they have sent."""
        over = [sender for sender in self._sessions if sender.is_over]
        if over:
            self._pipeline.settle()
        for sender in over:
            self._sessions.forget(sender)
            self._initiators.ended(sender)

    def _go_on_speaking(self) -> None:
        """Redis is away, and nothing is read meanwhile: heartbeats go on, and nothing is acknowledged."""
        for connection, data, received_ns in self._listener.poll(self._logons.knows):
            if data is None:
                self._logons.connected(connection)
            else:
                self._logons.receive(connection, data, received_ns)
        self._logons.tick()
        for sender in self._sessions:
            sender.tick(is_held=True)
            if sender.ended is not None:
                self._listener.leave(sender.connection)
            self._listener.flush(sender.connection)
        self._sessions.measure()
