"""The state of a session on one connection, and the steps that all of its parts take."""

from enum import Enum
from typing import Final, NamedTuple

from shared.base.printable import printable
from shared.wire.fix.counterparty.daily_reset import DailyReset
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.session.events import BeganAgain, Ended, Ending, Event, Moved, Passing, Skipped
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.inbound.asking import Asking
from shared.wire.fix.session.inbound.header import HeaderCheck
from shared.wire.fix.session.kept import Kept
from shared.wire.fix.session.liveness import Beat, Liveness
from shared.wire.fix.session.outbound import Outbound
from shared.wire.fix.session.speaker import Speaker

LOGON_PATIENCE_US: Final = 10_000_000
LOGOUT_PATIENCE_US: Final = 2_000_000
"""How long an answer is awaited."""


class Start(NamedTuple):
    """Where a session stands when a connection begins, as it was stored."""

    expected: Expected = Expected(0, 1)
    begun_us: int = 0
    """When the numbers began at 1, microseconds since the Unix epoch; 0: never yet."""
    number: int = 1
    """MsgSeqNum (34) of our next message."""
    reserved: int = 1
    """The first number that is not reserved for our messages: none is if it is the next one's."""


class Phase(Enum):
    """How far a connection is."""

    OPENING = "opening"
    """The peer's Logon is awaited."""
    WAITING = "waiting"
    """Our Logon waits for a commit, or for the day's reset; what arrives is kept."""
    UP = "up"
    LEAVING = "leaving"
    """Our Logout was sent and is not answered; messages are still taken."""
    DEAF = "deaf"
    """The same, after something was wrong: nothing is taken any more."""
    CLOSING = "closing"
    """The peer's Logout has come; ours waits for the commit."""
    ENDED = "ended"


class Link:
    """A session on one connection.

    Args:
        settings: what was agreed.
        start: where it stands.
        now_us: the moment, microseconds since the Unix epoch.
        kept: our messages that can be sent again.
    """

    def __init__(self, settings: SessionSettings, start: Start, now_us: int, kept: Kept) -> None:
        self.settings = settings
        self.expected = start.expected
        self.reset_us = self._next_reset_us(start.begun_us)
        """When the numbers have to begin again; None: never by the clock."""
        self.phase = Phase.OPENING
        self.deadline_us = now_us + LOGON_PATIENCE_US
        """Of an answer."""
        self.events: list[Event] = []
        self.asking = Asking()
        self.header = HeaderCheck(settings)
        self.outbound = Outbound(settings, start.number, start.reserved)
        liveness = Liveness(settings.heartbeat_s, now_us)
        self.speaker = Speaker(settings, self.outbound, start.expected, liveness, kept, self.events)
        self._farewell: tuple[Ending, str] = (Ending.UNANSWERED, "")

    def take_events(self) -> list[Event]:
        """The events since the last time."""
        events = self.events.copy()
        self.events.clear()
        return events

    def lag(self) -> int:
        """How many messages the peer has sent, as far as is known, that are not committed."""
        committed = self.speaker.committed
        first = committed.number if committed.resets == self.expected.resets else 1
        return max(self.expected.number, self.asking.following) - first

    def is_durable(self, expected: Expected) -> bool:
        """Whether all before a position is committed."""
        return self.speaker.committed >= expected

    def is_reset_due(self, now_us: int) -> bool:
        """Whether the day's reset has come since the numbers began."""
        return self.reset_us is not None and now_us >= self.reset_us

    def begin_again(self, now_us: int) -> None:
        """Both sides begin again at 1."""
        self.expected = self.expected.begun_again()
        self.reset_us = self._next_reset_us(now_us)
        self.asking = Asking()
        self.outbound.begin_again()
        self.events.append(BeganAgain(self.expected, now_us, self.outbound.reserved))

    def move(self, after: Expected) -> None:
        """An administrative message had its turn."""
        self.expected = after
        self.events.append(Moved(after))

    def skip(self, after: Expected, how: Passing) -> None:
        """Numbers are passed over, if any are."""
        if after.number > self.expected.number:
            self.events.append(Skipped(self.expected.number, after.number - 1, how))
            self.move(after)

    def ask(self, arrived: int, now_us: int, *, is_copy: bool) -> None:
        """Messages are missing, because one has come whose turn it is not: ask for them if it is time."""
        number, asking = self.expected.number, self.asking
        asking.saw(arrived)
        patience_us = self.speaker.liveness.interval_us
        if not asking.is_due(number, arrived, now_us, patience_us, is_copy=is_copy):
            return
        if asking.is_in_vain(number):
            self.fail(Ending.REFUSED, f"MsgSeqNum {number} was asked for in vain", now_us)
        elif self.speaker.ask(number, now_us):
            asking.asked(number, now_us)

    def send_again(self, first: int, following: int, now_us: int) -> bool:
        """Send again what the peer lacks; whether that is possible."""
        try:
            self.speaker.send_again(first, following, now_us)
        except LookupError as error:
            self.fail(Ending.REFUSED, str(error), now_us)
            return False
        return True

    def fail(self, ending: Ending, text: str, now_us: int) -> None:
        """Log out because something is wrong; before the session is up nobody waits for an answer."""
        self.speaker.log_out(text, now_us)
        if self.phase in {Phase.OPENING, Phase.WAITING}:
            self.finish(ending, text)
        else:
            self.phase = Phase.DEAF
            self._await_farewell(ending, text, now_us)

    def leave(self, text: str, now_us: int) -> None:
        """Log out because the time has come."""
        self.speaker.log_out(text, now_us)
        self.phase = Phase.LEAVING
        self._await_farewell(Ending.UNANSWERED, "our Logout was not answered", now_us)

    def await_answer(self, now_us: int) -> None:
        """From now on the answer to our Logout has its time to come."""
        self.deadline_us = now_us + LOGOUT_PATIENCE_US

    def answered(self, text: str) -> None:
        """Our Logout was answered."""
        if self.phase is Phase.DEAF:
            self.give_up()
        else:
            self.finish(Ending.LOGGED_OUT, text)

    def beat(self, now_us: int, *, is_held: bool) -> None:
        """Say what keeps the connection up, and end it where the peer keeps silent; see `Session.tick`."""
        speaker = self.speaker
        if is_held:
            speaker.liveness.heard(now_us)
        match speaker.liveness.due(now_us):
            case Beat.HEARTBEAT:
                speaker.heartbeat(now_us)
            case Beat.TEST:
                speaker.test(now_us)
            case Beat.SILENT:
                self.finish(Ending.SILENT, "nothing was heard for 2.4 heartbeats")

    def time_out(self) -> None:
        """What was awaited has not come in time."""
        if self.phase is Phase.OPENING:
            self.finish(Ending.UNANSWERED, "no Logon has come")
        else:
            self.give_up()

    def give_up(self) -> None:
        """What was awaited has not come, or is of no use any more."""
        self.finish(*self._farewell)

    def finish(self, ending: Ending, text: str) -> None:
        """The connection is to be closed."""
        self.phase = Phase.ENDED
        self.events.append(Ended(ending, printable(text)))

    def _next_reset_us(self, begun_us: int) -> int | None:
        reset = self.settings.reset
        return reset.next_us(begun_us) if isinstance(reset, DailyReset) else None

    def _await_farewell(self, ending: Ending, text: str, now_us: int) -> None:
        self._farewell = (ending, text)
        self.await_answer(now_us)
