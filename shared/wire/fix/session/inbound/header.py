"""Checks of the header that every message has."""

import re
from typing import Final, NamedTuple

from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.message import Message
from shared.wire.fix.session.numbering import REQUIRED_TAG_MISSING, SENDING_TIME_WRONG
from shared.wire.fix.timestamp import parse_timestamp

TAG_WITHOUT_VALUE: Final = 4
INCORRECT_FORMAT: Final = 6
COMP_ID_PROBLEM: Final = 9
INVALID_TYPE: Final = 11
"""Values of SessionRejectReason (373)."""

CLOCK_TOLERANCE_US: Final = 119_000_000
"""How far SendingTime (52) may be off: two minutes, less the second that whole seconds cut off."""

SECONDS: Final = len(b"YYYYMMDD-HH:MM:SS.")
LONGEST_TIME: Final = SECONDS + 12
_REQUIRED: Final = (b"49", b"56", b"52")
_is_kind: Final = re.compile(rb"[A-Za-z0-9]{1,4}").fullmatch


class Problem(NamedTuple):
    """What is wrong with a header."""

    text: str
    reason: int
    """SessionRejectReason (373); 0 where no Reject is sent."""
    tag: int = 0
    is_fatal: bool = False
    """Whether the session ends. The message's number is not counted then, so that it can be sent again."""


class HeaderCheck:
    """Looks at headers.

    Args:
        settings: the session's.
    """

    def __init__(self, settings: SessionSettings) -> None:
        self._settings = settings
        self._last_second = b""
        self._last_us: int | None = None

    def problem_of(self, message: Message, now_us: int) -> Problem | None:
        """What is wrong; None if nothing is.

        Args:
            message: any.
            now_us: when it arrived, microseconds since the Unix epoch.
        """
        settings, get = self._settings, message.get
        if message.pairs[0][1] != settings.begin:
            return Problem("Incorrect BeginString", 0, is_fatal=True)
        for tag in _REQUIRED:
            if not get(tag):
                return _absent(message, tag)
        if get(b"49") != settings.theirs or get(b"56") != settings.ours:
            return Problem("CompID problem", COMP_ID_PROBLEM, is_fatal=True)
        if problem := self.time_problem_of(get(b"52"), now_us):
            return problem
        if not _is_kind(message.kind):
            return Problem("Invalid MsgType", INVALID_TYPE)
        return None

    def time_problem_of(self, text: bytes, now_us: int) -> Problem | None:
        """What is wrong with a SendingTime (52).

        A message may be old because it lay in buffers while nobody read them; then those before it are old,
        too. So it is compared with the one before, and only the first with the clock.
        """
        if text[:SECONDS] == self._last_second and text[SECONDS:].isdigit() and len(text) <= LONGEST_TIME:
            return None
        sent_us = parse_timestamp(text)
        if sent_us is None:
            return Problem("Incorrect data format for value", INCORRECT_FORMAT, 52)
        before_us = now_us if self._last_us is None else min(self._last_us, now_us)
        if not before_us - CLOCK_TOLERANCE_US < sent_us < now_us + CLOCK_TOLERANCE_US:
            return Problem("SendingTime accuracy problem", SENDING_TIME_WRONG, is_fatal=True)
        self._last_second, self._last_us = text[:SECONDS], sent_us
        return None


def _absent(message: Message, tag: bytes) -> Problem:
    if tag in message:
        return Problem("Tag specified without a value", TAG_WITHOUT_VALUE, int(tag))
    return Problem("Required tag missing", REQUIRED_TAG_MISSING, int(tag))
