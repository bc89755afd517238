"""The sessions that are connected, and what they need of Redis besides commits."""

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from shared.base.source import Source
from shared.commit.fix_position import FixPositions
from shared.commit.stream_position import Unusable
from shared.feed.fix.connection import FixConnection
from shared.feed.fix.listener import FixListener
from shared.redis.retry import RedisRetry
from shared.service.fix.journal import Journal
from shared.service.fix.logons import Logons, WaitingLogon
from shared.service.fix.reader import ReaderOf
from shared.service.fix.sender import SessionSender
from shared.service.source_commits import SourceCommits
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.session.link import Start
from shared.wire.fix.session.session import Session

logger = logging.getLogger(__name__)

_FIRST: Final = "0/1"
"""Where a session stands that was never up."""


class Sessions:
    """Opens sessions and lets them go.

    Args:
        sessions: all that may log on.
        key: the key of a session's position by its name.
        listener: where they connect.
        logons: those that are not logged on.
        positions: where sessions stand.
        commits: knows who owns a source.
        retry: waits while Redis is away.
        reader_of: what is made of the messages of a session.
        journals: what is logged, counted and shown of them, by name.
        now_us: the clock, microseconds since the Unix epoch.
    """

    def __init__(
        self,
        sessions: Sequence[SessionSettings],
        key: Callable[[str], str],
        listener: FixListener,
        logons: Logons,
        positions: FixPositions,
        commits: SourceCommits,
        retry: RedisRetry,
        reader_of: ReaderOf,
        journals: Mapping[str, Journal],
        now_us: Callable[[], int],
    ) -> None:
        self._key = key
        self._listener, self._logons = listener, logons
        self._positions, self._commits, self._retry = positions, commits, retry
        self._now_us = now_us
        self._journals = journals
        self._readers = {each.name: reader_of(each) for each in sessions}
        self._connected: dict[FixConnection, SessionSender] = {}
        self._known: dict[str, Start] = {}
        """Where those stood that have ended, in case that Redis loses it."""
        self._judged_by: dict[str, int] = {}
        """The highest version of the limits that has judged anything of them, for the same case."""

    def __iter__(self) -> Iterator[SessionSender]:
        return iter(list(self._connected.values()))

    def __len__(self) -> int:
        return len(self._connected)

    def on(self, connection: FixConnection) -> SessionSender | None:
        """The session of a connection."""
        return self._connected.get(connection)

    def log_on(self, logon: WaitingLogon) -> None:
        """Make a connection the owner of its session, whoever had it, and let its Logon be answered.

        Nothing may be under way to Redis. While the connection that has the session was heard of just now,
        another one in this process is a second one of the same peer, or somebody else, and is refused.
        """
        settings = logon.settings
        before = next((each for each in self if each.session.settings is settings), None)
        if before is not None and not before.is_over and before.session.is_heard(self._now_us()):
            self._logons.turn_away(logon.connection, f"{before.peer} is connected and was heard of just now")
            return
        if before is not None:
            before.fenced()
            self.forget(before)
        sender = self._open(logon.connection, settings)
        if isinstance(sender, Unusable):
            self._logons.turn_away(logon.connection, str(sender))
        elif self._logons.answered(logon):
            self._add(sender)
            sender.receive(bytes(logon.data), logon.received_ns)
        else:  # it has gone while Redis was asked
            self._retry(lambda: self._positions.close(sender.source))

    def dialled(self, connection: FixConnection, settings: SessionSettings) -> bool:
        """Make a connection that we have dialled the owner of its session, and log on; whether that can be.

        Nothing may be under way to Redis.
        """
        sender = self._open(connection, settings)
        if isinstance(sender, Unusable):
            logger.error("FIX session %s: %s", settings.name, sender)
            self._journals[settings.name].failed(str(sender))
            self._listener.close_connection(connection)
            return False
        self._add(sender)
        sender.heed(sender.session.start(self._now_us()))
        return True

    def _open(self, connection: FixConnection, settings: SessionSettings) -> SessionSender | Unusable:
        """The session on a connection, which owns its source now."""
        name = settings.name
        source = Source(self._key(name), secrets.token_hex(16), _FIRST, name=f"fix:{name}")
        source.limits = self._judged_by.get(name, 0)
        known = self._known.get(name, Start())
        now_us = self._now_us
        try:
            opened = self._retry(lambda: self._positions.open(source, known, now_us()), not_on=Unusable)
        except Unusable as error:
            self._retry(lambda: self._positions.close(source))
            return error
        session = Session(settings, opened, now_us())
        reader, journal = self._readers[name], self._journals[name]
        return SessionSender(connection, session, source, reader, journal, now_us)

    def _add(self, sender: SessionSender) -> None:
        self._connected[sender.connection] = sender
        self._commits.own(sender, sender.source)

    def begin_again(self, sender: SessionSender) -> None:
        """Store that both sides begin again at 1, and let that be said. Nothing may be under way to Redis."""
        event, sender.began_again = sender.began_again, None
        if event is None or sender.is_dismissed:
            return
        if self._retry(lambda: self._positions.begin_again(sender.source, event)):
            sender.committed(event.expected)
        else:
            sender.fenced()

    def reserve(self, sender: SessionSender) -> None:
        """Reserve the numbers that a session needs. Nothing may be under way to Redis."""
        event, sender.numbers_needed = sender.numbers_needed, None
        expected = sender.session.expected
        if event is None or sender.is_over or event.resets != expected.resets:
            return
        try:
            start = self._retry(lambda: self._positions.reserve(sender.source, expected), not_on=Unusable)
        except Unusable as error:
            sender.refuse(str(error))
        else:
            sender.session.reserve(event.resets, start.reserved)

    def forget(self, sender: SessionSender) -> None:
        """A session has ended: close its connection, once all is sent that it had to say.

        Nothing may be under way to Redis.
        """
        self._retry(lambda: self._positions.close(sender.source))
        name = sender.session.settings.name
        self._known[name], self._judged_by[name] = sender.start, sender.source.limits
        self._connected.pop(sender.connection, None)
        self._commits.forget(sender)
        sender.reader.end()
        sender.is_dismissed = True
        sender.measure()
        if sender.is_cut:
            self._listener.close_connection(sender.connection)
        else:
            self._listener.leave(sender.connection)

    def measure(self) -> None:
        """Take down where the sessions stand."""
        for sender in self:
            sender.measure()
