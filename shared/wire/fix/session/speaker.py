"""What we say: each kind of message that a session sends of its own."""

from collections.abc import Iterable
from typing import Final

from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.message import Message, Pair, value_of
from shared.wire.fix.session.events import Event, NumbersNeeded, Rejected, Send
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.kept import Kept
from shared.wire.fix.session.liveness import Liveness
from shared.wire.fix.session.outbound import BLOCK, Outbound

ADMINISTRATIVE: Final = frozenset((b"0", b"1", b"2", b"3", b"4", b"5", b"A"))
"""MsgTypes (35) of the session layer; all others go to whoever uses it."""

_TEXT_BYTES: Final = 200


class Speaker:
    """Makes messages, and notes what has to leave.

    A message for which no number is reserved is not sent: those that matter are asked for again.

    Args:
        settings: the session's.
        outbound: our numbers.
        committed: what of the peer's is committed.
        liveness: the clock of the connection.
        kept: our messages that can be sent again.
        events: where to note what has to leave.
    """

    def __init__(
        self,
        settings: SessionSettings,
        outbound: Outbound,
        committed: Expected,
        liveness: Liveness,
        kept: Kept,
        events: list[Event],
    ) -> None:
        self.outbound = outbound
        self.committed = committed
        self.liveness = liveness
        self.tells_committed = False
        """Whether our messages say what is committed (369): they do once the peer's have said so."""
        self._kept = kept
        self._settings = settings
        self._events = events

    def say(self, kind: bytes, body: Iterable[Pair], now_us: int) -> bool:
        """Send a message; whether there was a number for it.

        Args:
            kind: MsgType (35).
            body: what follows the header.
            now_us: the moment, microseconds since the Unix epoch.
        """
        last = self.committed.number - 1 if self.tells_committed else None
        data = self.outbound.next_message(kind, body, now_us, last)
        if self.outbound.is_block_due():
            self._events.append(NumbersNeeded(self.committed.resets, self.outbound.reserved + BLOCK))
        if data is None:
            return False
        self._kept.keep(self.outbound.number - 1, data)
        self._send(data, now_us)
        return True

    def heartbeat(self, now_us: int, test: bytes = b"") -> None:
        """A Heartbeat (35=0), as an answer to a TestRequest with the TestReqID (112) of that."""
        self.say(b"0", [(b"112", test)] if test else [], now_us)

    def test(self, now_us: int) -> None:
        """A TestRequest (35=1)."""
        self.say(b"1", [(b"112", b"TEST")], now_us)

    def ask(self, first: int, now_us: int) -> bool:
        """A ResendRequest (35=2) for all from a number on."""
        return self.say(b"2", [(b"7", b"%d" % first), (b"16", b"0")], now_us)

    def send_again(self, first: int, following: int, now_us: int) -> None:
        """What the peer lacks: kept messages, and gap fills (35=4) for all that is not worth it.

        Raises:
            LookupError: what should be kept is not.
        """
        for number, raw in self._kept.between(first, following):
            if value_of(raw, b"35") not in ADMINISTRATIVE:
                self._pass_over(first, number, now_us)
                self._send(self.outbound.copy(raw, now_us), now_us)
                first = number + 1
        self._pass_over(first, following, now_us)

    def _pass_over(self, first: int, following: int, now_us: int) -> None:
        if first < following:
            self._send(self.outbound.gap_fill(first, following, now_us), now_us)

    def reject(self, message: Message, text: str, reason: int, tag: int, now_us: int) -> None:
        """A Reject (35=3)."""
        body: list[Pair] = [(b"45", _number(message)), (b"58", _text(text))]
        if tag:
            body.append((b"371", b"%d" % tag))
        if message.kind:
            body.append((b"372", message.kind))
        body.append((b"373", b"%d" % reason))
        self._events.append(Rejected(message, text))
        self.say(b"3", body, now_us)

    def refuse(self, message: Message, text: str, reason: int, now_us: int) -> None:
        """A BusinessMessageReject (35=j)."""
        body = [(b"45", _number(message)), (b"58", _text(text)), (b"372", message.kind)]
        body.append((b"380", b"%d" % reason))
        if self._settings.default_appl:  # as QuickFIX has it, whose definitions ask for it
            body.append((b"1137", self._settings.default_appl))
        self.say(b"j", body, now_us)

    def log_out(self, text: str, now_us: int) -> None:
        """A Logout (35=5)."""
        self.say(b"5", [(b"58", _text(text))] if text else [], now_us)

    def _send(self, data: bytes, now_us: int) -> None:
        self._events.append(Send(data))
        self.liveness.sent(now_us)


def _number(message: Message) -> bytes:
    return message.get(b"34") or b"0"


def _text(text: str) -> bytes:
    """A text as the value of a field."""
    return text.encode("latin-1", "replace").replace(b"\x01", b"?")[:_TEXT_BYTES]
