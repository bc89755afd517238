"""Connections that are not logged on: whose Logon has not come, or waits until Redis answers."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from shared.base.rate_limit import Allowance
from shared.feed.fix.connection import FixConnection
from shared.feed.fix.listener import FixListener
from shared.service.fix.journal import Journal
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.message import Message
from shared.wire.fix.session.logon import is_credited
from shared.wire.fix.session.opening import COMMIT_PATIENCE_US
from shared.wire.fix.session.reception import Admitted, Reception, TurnedAway

logger = logging.getLogger(__name__)

_MOST_KEPT: Final = 1 << 20
"""Bytes that may arrive behind a Logon that waits."""


class WaitingLogon(NamedTuple):
    """A Logon for one of our sessions, from somebody who may log on."""

    connection: FixConnection
    settings: SessionSettings
    data: bytearray
    """The Logon, and all that has arrived behind it."""
    received_ns: int
    deadline_us: int


class Logons:
    """Takes Logons.

    Args:
        sessions: all that may log on.
        listener: where they connect.
        journals: what is shown of them, by name.
        now_us: the clock, microseconds since the Unix epoch.
    """

    def __init__(
        self,
        sessions: Sequence[SessionSettings],
        listener: FixListener,
        journals: Mapping[str, Journal],
        now_us: Callable[[], int],
    ) -> None:
        self._sessions, self._journals = sessions, journals
        self._listener = listener
        self._now_us = now_us
        self._receptions: dict[FixConnection, Reception] = {}
        self._waiting: dict[FixConnection, WaitingLogon] = {}
        self._said = Allowance(burst=20, per_second=2)

    def knows(self, connection: FixConnection) -> bool:
        """Whether a connection is one of these."""
        return connection in self._receptions or connection in self._waiting

    def connected(self, connection: FixConnection) -> None:
        """A connection is new."""
        self._receptions[connection] = Reception(self._sessions, self._now_us())

    def receive(self, connection: FixConnection, data: bytes, received_ns: int) -> None:
        """Bytes have arrived; none are the end of the connection."""
        waiting = self._waiting.get(connection)
        if not data or (waiting is not None and len(waiting.data) + len(data) > _MOST_KEPT):
            self._drop(connection)
        elif waiting is not None:
            waiting.data.extend(data)
        else:
            match self._receptions[connection].receive(data):
                case TurnedAway(text):
                    self.turn_away(connection, text)
                case Admitted(settings, first):
                    self._admit(connection, settings, first, received_ns)

    def tick(self) -> None:
        """Close the connections from which nothing came in time, or for which nothing could be done."""
        now_us = self._now_us()
        for connection, reception in list(self._receptions.items()):
            if found := reception.tick(now_us):
                self.turn_away(connection, found.text)
        for logon in [each for each in self._waiting.values() if now_us >= each.deadline_us]:
            self.turn_away(logon.connection, "the position of its session is not known after 60 s")

    def waiting(self) -> list[WaitingLogon]:
        """All Logons that wait, in the order in which they came. They wait until they are `answered`."""
        return list(self._waiting.values())

    def answered(self, logon: WaitingLogon) -> bool:
        """A Logon need not wait any more; False if its connection has gone meanwhile."""
        return self._waiting.pop(logon.connection, None) is not None

    def turn_away(self, connection: FixConnection, text: str, session: str | None = None) -> None:
        """Close a connection, and log why.

        Args:
            connection: of whom.
            text: why.
            session: which one its Logon is for; that of a Logon that waits is known.
        """
        if connection in self._waiting:
            session = self._waiting[connection].settings.name
        if session is not None:
            self._journals[session].failed(f"{connection.peer} was turned away: {text}")
        if self._said.take(1):
            logger.warning("%s: turned away: %s", connection.peer, text)
        self._drop(connection)

    def _admit(
        self, connection: FixConnection, settings: SessionSettings, first: bytes, received_ns: int
    ) -> None:
        """A Logon is for one of our sessions; who does not know the password learns and moves nothing."""
        if not is_credited(Message(first), settings):
            text = f"its Logon for {settings.name} lacks a field that was agreed, or has another value in it"
            self.turn_away(connection, text, settings.name)
            return
        if settings.tls is not None and not connection.is_encrypted:
            self.turn_away(connection, f"its Logon for {settings.name} came without TLS", settings.name)
            return
        del self._receptions[connection]
        deadline_us = self._now_us() + COMMIT_PATIENCE_US
        self._waiting[connection] = WaitingLogon(
            connection, settings, bytearray(first), received_ns, deadline_us
        )

    def _drop(self, connection: FixConnection) -> None:
        self._receptions.pop(connection, None)
        self._waiting.pop(connection, None)
        self._listener.close_connection(connection)
