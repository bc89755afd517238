"""A FIX session by hand: messages in and out as short texts, and a clock that the test moves."""

from typing import Any, Final

from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.message import Message
from shared.wire.fix.session.events import BeganAgain, Event, NumbersNeeded, Send, Taken
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.kept import NOTHING, Kept
from shared.wire.fix.session.link import Start
from shared.wire.fix.session.session import Session
from shared.wire.fix.timestamp import format_timestamp
from tests.support import fix

SECOND: Final = 1_000_000
NOW: Final = 1_767_623_400 * SECOND
"""2026-01-05 14:30:00 UTC."""
_LEFT_OUT: Final = frozenset((b"8", b"9", b"10", b"49", b"52", b"56"))


def acceptor(**changes: Any) -> SessionSettings:
    """The settings of an acceptor."""
    usual = {
        "name": "desk-a",
        "role": "acceptor",
        "begin": b"FIX.4.4",
        "ours": b"SPREAD",
        "theirs": b"DESK",
        "carries": "requests",
    }
    return SessionSettings(**(usual | changes))


class Talk:
    """A session with a test as its peer.

    Args:
        settings: ours.
        start: where it stands.
        commits: whether all that is taken is committed at once.
        now_us: the moment.
        kept: our messages that can be sent again.
    """

    def __init__(
        self,
        settings: SessionSettings | None = None,
        start: Start = Start(Expected(0, 1), NOW, 1, 1001),  # noqa: B008 # immutable
        *,
        commits: bool = True,
        now_us: int = NOW,
        kept: Kept = NOTHING,
    ) -> None:
        self.settings = settings or acceptor()
        self.now_us = now_us
        self.session = Session(
            self.settings, start, self.now_us, kept=kept, tells_committed=kept is not NOTHING
        )
        self.events: list[Event] = []
        self.commits = commits

    def hears(self, *messages: str, sent_us: int | None = None) -> list[str]:
        """The peer sends messages together; what is answered."""
        return self.hears_bytes(b"".join(self.message(each, sent_us) for each in messages))

    def hears_bytes(self, data: bytes) -> list[str]:
        """The peer sends bytes; what is answered."""
        return self._said(self.session.receive(data, self.now_us))

    def starts(self) -> list[str]:
        """An initiator is connected; what it says."""
        return self._said(self.session.start(self.now_us))

    def waits(self, seconds: float, *, is_held: bool = False) -> list[str]:
        """Time passes, all of it at once; what is said."""
        self.now_us += int(seconds * SECOND)
        return self._said(self.session.tick(self.now_us, is_held=is_held))

    def says(self, kind: str, fields: str) -> list[str]:
        """A message of our own; what is said."""
        body = [
            (tag.encode(), value.encode()) for tag, _, value in (f.partition("=") for f in fields.split("|"))
        ]
        return self._said(self.session.send(kind.encode(), body, self.now_us))

    def committed(self, expected: Expected | None = None) -> list[str]:
        """All that was taken is committed; what is said."""
        return self._said(self.session.committed(expected or self.session.expected, self.now_us))

    def leaves(self) -> list[str]:
        """The session is told to end; what it says."""
        return self._said(self.session.log_out("", self.now_us))

    def logs_on(self, fields: str = "") -> list[str]:
        """The peer logs on with the number 1."""
        return self.hears("35=A|34=1|98=0|108=30" + (f"|{fields}" if fields else ""))

    def message(self, fields: str, sent_us: int | None = None) -> bytes:
        """One of the peer's messages; what it lacks of the header is put in."""
        parts = fields.split("|")
        header = {
            "49": self.settings.theirs.decode(),
            "52": format_timestamp(self.now_us if sent_us is None else sent_us).decode(),
            "56": self.settings.ours.decode(),
        }
        given = {each.partition("=")[0] for each in parts}
        front = 2 if parts[1:] and parts[1].startswith("34=") else 1
        added = [f"{tag}={value}" for tag, value in header.items() if tag not in given]
        whole = "|".join([*parts[:front], *added, *parts[front:]])
        return fix.message(whole, self.settings.begin.decode())

    def taken(self) -> list[str]:
        """MsgSeqNum of all that was taken, in order."""
        return [each.message.get(b"34").decode() for each in self.events if isinstance(each, Taken)]

    def last(self, kind: type[Event]) -> Any:
        """The last event of a kind."""
        return [each for each in self.events if isinstance(each, kind)][-1]

    def has(self, kind: type[Event]) -> bool:
        """Whether there was such an event."""
        return any(isinstance(each, kind) for each in self.events)

    def _said(self, events: list[Event]) -> list[str]:
        self.events += events
        said = [shown(each.data) for each in events if isinstance(each, Send)]
        for each in events:
            if isinstance(each, NumbersNeeded):
                self.session.reserve(each.resets, each.reserved)
        if self.commits and any(not isinstance(each, Send) for each in events):
            said += self.committed()
        return said


def shown(raw: bytes) -> str:
    """A message of ours, without what is the same in all; fails if its length or sum is wrong."""
    body = raw.split(b"\x01", 2)[2]
    content = body[: body.rindex(b"10=")]
    assert raw == fix.finished(content, raw.split(b"\x01", 1)[0][2:].decode())
    pairs = [pair for pair in Message(raw).pairs if pair[0] not in _LEFT_OUT]
    return "|".join(f"{tag.decode()}={value.decode('latin-1')}" for tag, value in pairs)


__all__ = ["NOW", "SECOND", "BeganAgain", "Talk", "acceptor", "shown"]
