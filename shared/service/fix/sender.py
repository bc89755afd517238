"""A FIX session on a connection, as the sender of what its source sends."""

import logging
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from shared.base.source import Source
from shared.feed.fix.connection import FixConnection
from shared.service.fix.journal import Journal
from shared.service.fix.reader import Reader
from shared.wire.fix.message import Message
from shared.wire.fix.session.events import (
    BeganAgain,
    Ended,
    Event,
    LoggedOn,
    Moved,
    NumbersNeeded,
    Send,
    Skipped,
    Taken,
    TakenRun,
)
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.link import Start
from shared.wire.fix.session.session import Session

logger = logging.getLogger(__name__)

_SAID_AT_ONCE: Final = 100
_SPARED: Final = 500
"""So many of our reserved numbers are left for what the session itself has to say."""


class Refusal(NamedTuple):
    """An answer to a message that cannot be read, or is none of ours."""

    message: Message
    number: int
    text: str
    reason: int
    """BusinessRejectReason (380)."""


class SessionSender:
    """See `shared.service.intake.Sender`. What it is told by the session waits here for the intake's turn.

    Args:
        connection: of the session.
        session: of the connection.
        source: whose position its messages move.
        reader: what is made of its messages.
        journal: what is logged and counted of it.
        now_us: the clock, microseconds since the Unix epoch.
    """

    def __init__(
        self,
        connection: FixConnection,
        session: Session,
        source: Source,
        reader: Reader,
        journal: Journal,
        now_us: Callable[[], int],
    ) -> None:
        self.connection = connection
        self.session = session
        self.source = source
        self.reader = reader
        self.number = connection.number
        self.peer = f"FIX session {session.settings.name} ({connection.peer})"
        self.is_dismissed = False
        self.is_fenced = False
        """Whether another connection has its source."""
        self.was_up = False
        """Whether both sides ever logged on."""
        self.is_cut = False
        """Whether nothing more comes from its connection."""
        self.taken: list[Taken | TakenRun | LoggedOn | Skipped] = []
        self.is_read_in_rows = False
        """Whether nearly all that was read of it last was read by columns: what is read one by one costs ten
        times as much, and would hold up others if as much of it came in a turn."""
        self.after: Expected | None = None
        """What is expected behind what was taken and is not in a batch yet; None if nothing was."""
        self.received_ns = 0
        self.began_again: BeganAgain | None = None
        self.numbers_needed: NumbersNeeded | None = None
        self.ended: Ended | None = None
        self._refusals: deque[Refusal] = deque()
        self._journal = journal
        self._now_us = now_us

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes from it, and nothing of it waits for this process."""
        return self.is_cut or self.ended is not None or self.is_dismissed

    @property
    def start(self) -> Start:
        """Where the session would begin again, as far as this process knows."""
        session = self.session
        return Start(session.expected, number=session.number, reserved=session.number)

    def measure(self) -> None:
        """Let its journal know where it stands."""
        self._journal.stands(self.session, is_up=self.session.is_up and not self.is_over)

    def receive(self, data: bytes, received_ns: int) -> None:
        """Bytes have arrived."""
        self.received_ns = received_ns
        events = self.session.receive(data, self._now_us())
        is_row = bool(events) and all(isinstance(each, TakenRun) for each in events)
        self.connection.is_flowing = is_row and self.is_read_in_rows
        self.heed(events)

    def tick(self, *, is_held: bool = False) -> None:
        """Time has passed.

        Args:
            is_held: whether nothing is read at present.
        """
        now_us, deadline_us = self._now_us(), self.session.deadline_us()
        if deadline_us is not None and now_us >= deadline_us:
            self.heed(self.session.tick(now_us, is_held=is_held))

    def speak(self) -> None:
        """Say what its reader wants to be said; sooner or later, for the peer has to take it."""
        if self.connection.has_unsent or not self.session.is_up:
            return
        for _ in range(min(_SAID_AT_ONCE, self.session.room - _SPARED)):
            words = self.reader.next_words()
            if words is None:
                return
            self.heed(self.session.send(*words, self._now_us()))

    def log_out(self, text: str) -> None:
        """End the session in order."""
        self.heed(self.session.log_out(text, self._now_us()))

    def answer(self, refusal: Refusal) -> None:
        """Say by 35=j why a message has no effect, once its number is committed, and if that was agreed."""
        if self.session.settings.answer:
            self._refusals.append(refusal)

    def acknowledge(self, position: str) -> None:
        """All up to this position has taken effect: now it may be said."""
        expected = Expected.parse(position.encode())
        assert expected is not None  # it is one of ours
        self.committed(expected)

    def committed(self, expected: Expected) -> None:
        """The same, or a reset was."""
        while self._refusals and self._refusals[0].number < expected.number:
            message, _, text, reason = self._refusals.popleft()
            self.heed(self.session.refuse(message, text, reason, self._now_us()))
        self.heed(self.session.committed(expected, self._now_us()))
        self.connection.flush()

    def acknowledge_later(self) -> None:
        """Nothing to do: FIX acknowledges by messages of the session alone."""

    def fenced(self) -> None:
        """See `Sender.fenced`: the counterparty is connected elsewhere."""
        self._fail(logging.WARNING, "another connection has taken over the session: closing")
        self.is_dismissed = self.is_fenced = True

    def take_again(self, why: str, level: int) -> None:
        """See `Sender.take_again`: the next Logon finds out where to go on, and asks for what is missing."""
        self._fail(level, f"{why}: closing")
        self.is_dismissed = True

    def refuse(self, text: str) -> None:
        """See `Sender.refuse`."""
        self._fail(logging.ERROR, f"closing: {text}")
        self.log_out("its messages cannot be taken now")
        self.is_dismissed = True

    def is_before(self, position: str) -> bool:
        """See `Sender.is_before`."""
        stored, ours = (Expected.parse(each.encode()) for each in (position, self.source.position))
        return stored is not None and ours is not None and stored < ours

    def heed(self, events: list[Event]) -> None:
        """Note what the session asks for; what is to be said is sent with the next `flush`."""
        for event in events:
            match event:
                case Send(data):
                    self.connection.send(data)
                case Taken(after=after) | TakenRun(after=after):
                    self.taken.append(event)
                    self.after = after
                case Moved(after):
                    self.after = after
                case BeganAgain():
                    self.began_again = event
                case NumbersNeeded():
                    self.numbers_needed = event
                case Ended():
                    self.ended = event
                    self._journal.note(event)
                case LoggedOn() | Skipped():
                    self.was_up |= isinstance(event, LoggedOn)
                    self.taken.append(event)
                    self._journal.note(event)
                case _:
                    self._journal.note(event)

    def _fail(self, level: int, text: str) -> None:
        """Log what ends it, and keep that as its last error."""
        logger.log(level, "%s: %s", self.peer, text)
        self._journal.failed(text)
