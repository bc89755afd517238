"""What is logged and counted of a FIX session; what a peer can cause without end is logged at a low rate."""

import logging
from typing import Final

from shared.base.printable import printable
from shared.base.rate_limit import Allowance
from shared.telemetry.fix_metrics import FixMetrics
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

logger = logging.getLogger(__name__)

_LEVELS: Final = {Ending.LOGGED_OUT: logging.INFO, Ending.TOO_LOW: logging.ERROR}
_SHOWN: Final = 80


class Journal:
    """Of all connections of one session, one after the other.

    Args:
        name: of the session.
        metrics: what is counted.
    """

    def __init__(self, name: str, metrics: FixMetrics) -> None:
        self._name = name
        self._metrics = metrics
        self._complaints = Allowance(burst=20, per_second=2)

    def note(self, event: Event) -> None:
        """Something has happened that needs nothing but to be known."""
        name = self._name
        match event:
            case LoggedOn(heartbeat_s):
                logger.info("FIX session %s: logged on, a heartbeat each %d s", name, heartbeat_s)
            case Skipped(first, last, how):
                self._skipped(last - first + 1, f"MsgSeqNum {first} to {last}", how)
            case Garbled(reason, raw):
                self._metrics.garbled[name] += 1
                self._complain(f"garbled, ignored ({reason}): {raw[:_SHOWN]!r}")
            case Rejected(message, text):
                self._complain(f"MsgSeqNum {_shown(message, b'34')} rejected: {text}")
            case PeerRejected(message):
                number, text = _shown(message, b"45"), _shown(message, b"58")
                self._complain(f"the peer rejects our MsgSeqNum {number}: {text}")
            case Ended(ending, text):
                level = _LEVELS.get(ending, logging.WARNING)
                why = f"{ending.value}: {text}" if text else ending.value
                logger.log(level, "FIX session %s: ended, %s", name, why)

    def _skipped(self, count: int, which: str, how: str) -> None:
        """Numbers were passed over."""
        if how == "gap fill":
            self._metrics.gap_filled[self._name] += count
            logger.info("FIX session %s: %s passed over by a gap fill", self._name, which)
        else:
            self._metrics.unchecked[self._name] += count
            logger.warning("FIX session %s: %s are unchecked: %s", self._name, which, how)

    def _complain(self, text: str) -> None:
        if self._complaints.take(1):
            logger.warning("FIX session %s: %s", self._name, text)


def _shown(message: Message, tag: bytes) -> str:
    return printable(message.get(tag)[:_SHOWN].decode("latin-1"))
