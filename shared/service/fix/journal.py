"""What is logged, counted and shown of a FIX session; what a peer can cause without end is logged seldom."""

import logging
from collections.abc import Callable
from typing import Final

from shared.base.printable import printable
from shared.base.rate_limit import Allowance
from shared.telemetry.fix_metrics import FixMetrics
from shared.telemetry.session_figures import SessionFigures
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.message import Message
from shared.wire.fix.session.events import (
    Ended,
    Ending,
    Event,
    Garbled,
    LoggedOn,
    PeerRejected,
    Rejected,
    Skipped,
)
from shared.wire.fix.session.session import Session

logger = logging.getLogger(__name__)

_LEVELS: Final = {Ending.LOGGED_OUT: logging.INFO, Ending.TOO_LOW: logging.ERROR}
_SHOWN: Final = 80


class Journal:
    """Of all connections of one session, one after the other.

    Args:
        settings: of the session.
        metrics: what is counted.
        now_us: the clock, microseconds since the Unix epoch.
    """

    def __init__(self, settings: SessionSettings, metrics: FixMetrics, now_us: Callable[[], int]) -> None:
        self._name = settings.name
        self._figures = metrics.sessions[settings.name] = SessionFigures(settings.role)
        self._now_us = now_us
        self._unseen = "missed" if settings.carries == "quotes" else "unchecked"
        self._metrics = metrics
        self._allowance = Allowance(burst=20, per_second=2)
        self._silent = 0

    def stands(self, session: Session, *, is_up: bool) -> None:
        """Where the session stands at this moment."""
        numbers = session.expected.number, session.number
        self._figures.stands(self._now_us(), is_up=is_up, numbers=numbers, lag=session.lag)

    def failed(self, text: str) -> None:
        """Something went wrong that is logged elsewhere."""
        self._figures.failed(self._now_us(), text)

    def note(self, event: Event) -> None:
        """Something has happened that needs nothing but to be known."""
        match event:
            case LoggedOn(heartbeat_s):
                self._figures.turns(self._now_us(), is_up=True)
                self._say(logging.INFO, f"logged on, a heartbeat each {heartbeat_s} s")
            case Skipped(first, last, how):
                self._skipped(last - first + 1, f"MsgSeqNum {first} to {last}", how)
            case Garbled(reason, raw):
                self._metrics.garbled[self._name] += 1
                text = f"garbled, ignored ({reason})"
                self._say(logging.WARNING, f"{text}: {raw[:_SHOWN]!r}", error=text)
            case Rejected(message, text):
                self._say(logging.WARNING, f"MsgSeqNum {_shown(message, b'34')} rejected: {text}")
            case PeerRejected(message):
                number, text = _shown(message, b"45"), _shown(message, b"58")
                self._say(logging.WARNING, f"the peer rejects our MsgSeqNum {number}: {text}")
            case Ended(ending, text):
                why = f"{ending.value}: {text}" if text else ending.value
                self._say(_LEVELS.get(ending, logging.WARNING), f"ended, {why}", error=text or ending.value)

    def _skipped(self, count: int, which: str, how: str) -> None:
        """Numbers were passed over."""
        if how == "gap fill":
            self._metrics.gap_filled[self._name] += count
            self._say(logging.INFO, f"{which} passed over by a gap fill")
        else:
            self._metrics.unchecked[self._name] += count
            self._say(logging.WARNING, f"{which} are {self._unseen}: {how}")

    def _say(self, level: int, text: str, error: str = "") -> None:
        """Log; what is not well is also shown, where it is said in other words by those."""
        if level >= logging.WARNING:
            self.failed(error or text)
        if not self._allowance.take(1):
            self._silent += 1
            return
        also = f" ({self._silent} more were not logged)" if self._silent else ""
        self._silent = 0
        logger.log(level, "FIX session %s: %s%s", self._name, text, also)


def _shown(message: Message, tag: bytes) -> str:
    return printable(message.get(tag)[:_SHOWN].decode("latin-1"))
