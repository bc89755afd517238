"""What is due for a message of a session by its number alone.

Numbers are given to messages in order, and a message is taken when its turn has come. One that is too high
shows that others are missing: they are asked for, and it is let go, because it will be sent again after them.
One that is too low has been taken before if it says so itself; else both sides do not agree about what was
sent, which nobody but people can put right.
"""

from enum import Enum
from typing import Final, NamedTuple

from shared.base.integers import parse_uint
from shared.wire.fix.message import Message
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.timestamp import parse_timestamp

SEQUENCE_RESET: Final = b"4"
REQUIRED_TAG_MISSING: Final = 1
VALUE_OUT_OF_RANGE: Final = 5
SENDING_TIME_WRONG: Final = 10
"""Values of SessionRejectReason (373)."""


class Due(Enum):
    """What is to be done with a message."""

    TAKE = "take"
    """It takes effect."""
    SKIP = "skip"
    """It has taken effect before, or only moves the number."""
    ASK = "ask"
    """Those from the expected one on are missing: ResendRequest (35=2)."""
    REJECT = "reject"
    """Reject (35=3); the session goes on."""
    LOG_OUT = "log out"
    """Logout (35=5) with the text; the session ends."""
    REJECT_AND_LOG_OUT = "reject and log out"


class Judgement(NamedTuple):
    """What is due for a message."""

    due: Due
    expected: Expected
    """What is expected after it."""
    text: str = ""
    """What to tell the peer (58)."""
    reason: int = 0
    """SessionRejectReason (373) of a Reject."""
    tag: int = 0
    """RefTagID (371) of a Reject; 0 for none."""


def judge(message: Message, expected: Expected) -> Judgement:
    """What is due for a message.

    A Logon with ResetSeqNumFlag (141) is not for here: whoever agrees to it begins again first.

    Args:
        message: with a header that is otherwise right.
        expected: the number whose turn it is.
    """
    if message.kind == SEQUENCE_RESET and message.get(b"123") != b"Y":
        return _judge_reset(message, expected)
    number = parse_uint(message.get(b"34"))
    if number is None:
        return Judgement(Due.LOG_OUT, expected, "Required tag missing: MsgSeqNum (34)")
    if number > expected.number:
        return Judgement(Due.ASK, expected)
    if number < expected.number:
        return _judge_low(message, number, expected)
    after = expected.at(number + 1)
    if message.kind == SEQUENCE_RESET:
        return _judge_gap_fill(message, number, after)
    return Judgement(Due.TAKE, after)


def _judge_reset(message: Message, expected: Expected) -> Judgement:
    """SequenceReset without GapFillFlag: whatever its own number is, it says what comes next."""
    following = parse_uint(message.get(b"36"))
    if following is None:
        return _missing(36, expected)
    if following < expected.number:
        return _out_of_range(expected)
    return Judgement(Due.SKIP, expected.at(following))


def _judge_gap_fill(message: Message, number: int, after: Expected) -> Judgement:
    """A gap fill in its turn: it stands for all up to the one that it names, however many were asked for."""
    following = parse_uint(message.get(b"36"))
    if following is None:
        return _missing(36, after)
    if following <= number:
        return _out_of_range(after)
    return Judgement(Due.SKIP, after.at(following))


def _judge_low(message: Message, number: int, expected: Expected) -> Judgement:
    """What has had its turn: a copy has to say so (43), and when it was first sent (122)."""
    if message.get(b"43") != b"Y":
        text = f"MsgSeqNum too low, expecting {expected.number} but received {number}"
        return Judgement(Due.LOG_OUT, expected, text)
    if not message.get(b"122"):
        return _missing(122, expected)
    first, sent = parse_timestamp(message.get(b"122")), parse_timestamp(message.get(b"52"))
    if first is not None and sent is not None and first > sent:
        text = "SendingTime accuracy problem"
        return Judgement(Due.REJECT_AND_LOG_OUT, expected, text, SENDING_TIME_WRONG)
    return Judgement(Due.SKIP, expected)


def _missing(tag: int, after: Expected) -> Judgement:
    return Judgement(Due.REJECT, after, "Required tag missing", REQUIRED_TAG_MISSING, tag)


def _out_of_range(after: Expected) -> Judgement:
    text = "Value is incorrect (out of range) for this tag"
    return Judgement(Due.REJECT, after, text, VALUE_OUT_OF_RANGE)
