"""Where connections arrive that have not said who they are: which session their Logon is for."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from shared.base.printable import printable
from shared.wire.fix.counterparty.settings import SessionKey, SessionSettings
from shared.wire.fix.framing import split
from shared.wire.fix.message import Message
from shared.wire.fix.session.link import LOGON_PATIENCE_US

LONGEST_LOGON: Final = 16_384
"""Bytes."""
_SHOWN: Final = 64


class Admitted(NamedTuple):
    """A Logon for one of our sessions."""

    settings: SessionSettings
    data: bytes
    """All that has arrived, the Logon first: for `Session.receive`, once the session's position is known."""


class TurnedAway(NamedTuple):
    """A connection that is to be closed without a word."""

    text: str
    """Why, for the log."""


class Reception:
    """A new connection of an acceptor.

    Args:
        sessions: all acceptors that share its port.
        now_us: the moment, microseconds since the Unix epoch.
    """

    def __init__(self, sessions: Iterable[SessionSettings], now_us: int) -> None:
        self._sessions = {each.key: each for each in sessions if each.role == "acceptor"}
        self._buffer = bytearray()
        self.deadline_us = now_us + LOGON_PATIENCE_US

    def receive(self, data: bytes) -> Admitted | TurnedAway | None:
        """Bytes have arrived; None while more are needed."""
        self._buffer += data
        found = split(self._buffer, 0, len(self._buffer), LONGEST_LOGON)
        if found.garbled and found.garbled[0].start == 0:
            return TurnedAway(f"what arrives first is no FIX message: {found.garbled[0].reason}")
        if not found.messages:
            return None
        return self._admit(Message(bytes(self._buffer[: found.messages[0].end])))

    def tick(self, now_us: int) -> TurnedAway | None:
        """Time has passed."""
        return TurnedAway("no Logon has come") if now_us >= self.deadline_us else None

    def _admit(self, message: Message) -> Admitted | TurnedAway:
        if message.kind != b"A":
            return TurnedAway(f"the first message is no Logon but 35={_shown(message.kind)}")
        key = SessionKey(message.pairs[0][1], message.get(b"49"), message.get(b"56"))
        settings = self._sessions.get(key)
        if settings is None:
            begin, sender, target = map(_shown, key)
            return TurnedAway(f"there is no session for 8={begin} 49={sender} 56={target}")
        return Admitted(settings, bytes(self._buffer))


def _shown(value: bytes) -> str:
    return printable(value[:_SHOWN].decode("latin-1"))
