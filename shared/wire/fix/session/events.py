"""What comes out of a session: bytes to send, messages that were taken, and what happened."""

from enum import Enum
from typing import Final, Literal, NamedTuple

from shared.wire.fix.columns.scan import Scan
from shared.wire.fix.message import Message
from shared.wire.fix.session.expected import Expected

LONGEST_SHOWN: Final = 256
"""Bytes of what was garbled that an event has."""


class Send(NamedTuple):
    """Bytes for the peer."""

    data: bytes


class Taken(NamedTuple):
    """A message that is no administrative one, in its turn."""

    raw: bytes
    """All of it; several of them joined are a buffer again, for whoever decodes many at once."""
    after: Expected
    """What is expected after it: the position to commit together with its effect."""

    @property
    def message(self) -> Message:
        """Its fields; read anew each time."""
        return Message(self.raw)


class TakenRun(NamedTuple):
    """Several such messages that lie side by side in what has arrived, their numbers without a gap."""

    found: Scan
    """All messages that have arrived together."""
    start: int
    """Which of them is the first of the run, counted from 0."""
    stop: int
    """The one behind its last."""
    after: Expected

    @property
    def message(self) -> Message:
        """The first of them; read anew each time."""
        return Message(self.found.raw(self.start))

    def number(self, message: int) -> int:
        """MsgSeqNum (34) of a message of the run."""
        return self.after.number - self.stop + message


class Moved(NamedTuple):
    """An administrative message had its turn."""

    after: Expected


Passing = Literal["gap fill", "sequence reset", "not resent"]
"""Why numbers are passed over: the peer says that nothing of theirs has to be sent again (123=Y); it sets the
number without a word about them; it sends nothing again, so what was lost stays unchecked."""


class Skipped(NamedTuple):
    """Numbers whose messages will not come."""

    first: int
    last: int
    how: Passing


class BeganAgain(NamedTuple):
    """Both sides begin again at 1. Nothing is said to the peer before this position is committed."""

    expected: Expected
    begun_us: int
    """When; belongs beside the position, so that the day's reset is not done twice."""
    reserved: int
    """The first number that is not reserved for our messages; to be stored together with the position."""


class NumbersNeeded(NamedTuple):
    """Few reserved numbers are left for our messages; once more are, tell `Session.reserve`."""

    resets: int
    """Of the position."""
    reserved: int
    """What the first number that is not reserved has to become."""


class LoggedOn(NamedTuple):
    """The session is up."""

    heartbeat_s: int


class Garbled(NamedTuple):
    """Bytes that were no message and are ignored."""

    reason: str
    """One of `shared.wire.fix.framing.GARBLED`."""
    raw: bytes
    """The first `LONGEST_SHOWN` of them."""


class Acknowledged(NamedTuple):
    """An administrative message says that ours have taken effect: LastMsgSeqNumProcessed (369)."""

    number: int
    """MsgSeqNum (34) of the last of them."""


class Rejected(NamedTuple):
    """A message that we refused by Reject (35=3)."""

    message: Message
    text: str


class PeerRejected(NamedTuple):
    """The peer refused a message of ours by Reject (35=3)."""

    message: Message


class Ending(Enum):
    """Why a session ended."""

    LOGGED_OUT = "logged out"
    """Both sides said so, and all that was taken is committed."""
    SILENT = "silent"
    """Nothing was heard for 2.4 heartbeats."""
    UNANSWERED = "unanswered"
    """Our Logon or Logout was not answered in time."""
    REFUSED = "refused"
    """Something is not as agreed; the text says what."""
    TOO_LOW = "too low"
    """The peer's number is lower than what has been taken: nobody but an operator can put that right."""


class Ended(NamedTuple):
    """The connection is to be closed once all bytes are sent."""

    ending: Ending
    text: str


Event = (
    Send
    | Taken
    | TakenRun
    | Moved
    | Skipped
    | BeganAgain
    | NumbersNeeded
    | LoggedOn
    | Garbled
    | Acknowledged
    | Rejected
    | PeerRejected
    | Ended
)
