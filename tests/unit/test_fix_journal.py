"""What is logged and counted of FIX sessions."""

import pytest

from shared.service.fix.journal import Journal
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
from tests.support import fix
from tests.support.fix_session import NOW, acceptor

ORDER = Message(fix.order())
REJECT = Message(fix.message("35=3|34=2|45=9|58=no\x1b"))
EVENTS: list[tuple[Event, str, str]] = [
    (LoggedOn(30), "INFO", "logged on, a heartbeat each 30 s"),
    (Skipped(3, 5, "gap fill"), "INFO", "MsgSeqNum 3 to 5 passed over by a gap fill"),
    (Skipped(3, 4, "not resent"), "WARNING", "MsgSeqNum 3 to 4 are unchecked: not resent"),
    (Skipped(5, 5, "sequence reset"), "WARNING", "MsgSeqNum 5 to 5 are unchecked: sequence reset"),
    (Garbled("checksum", b"8=FIX\x01"), "WARNING", r"garbled, ignored (checksum): b'8=FIX\x01'"),
    (Rejected(ORDER, "too old"), "WARNING", "MsgSeqNum 7 rejected: too old"),
    (PeerRejected(REJECT), "WARNING", r"the peer rejects our MsgSeqNum 9: no\x1b"),
    (Ended(Ending.LOGGED_OUT, ""), "INFO", "ended, logged out"),
    (Ended(Ending.SILENT, "gone"), "WARNING", "ended, silent: gone"),
    (Ended(Ending.TOO_LOW, "7 of 9"), "ERROR", "ended, too low: 7 of 9"),
]


def test_each_event_has_its_line_and_its_count(caplog: pytest.LogCaptureFixture) -> None:
    """What was never checked is a warning, what an operator has to mend an error."""
    caplog.set_level("INFO")
    metrics = FixMetrics()
    journal = Journal(acceptor(), metrics, lambda: NOW)
    for event, _, _ in EVENTS:
        journal.note(event)
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert said == [(level, f"FIX session desk-a: {text}") for _, level, text in EVENTS]
    assert (metrics.gap_filled, metrics.unchecked, metrics.garbled) == (
        {"desk-a": 3}, {"desk-a": 3}, {"desk-a": 1},
    )  # fmt: skip


def test_a_flood_is_counted_and_seldom_said(caplog: pytest.LogCaptureFixture) -> None:
    """20 lines at once, and how many there were besides with the next one."""
    metrics = FixMetrics()
    journal = Journal(acceptor(), metrics, lambda: NOW)
    for _ in range(1000):
        journal.note(Garbled("checksum", b""))
    assert metrics.garbled["desk-a"] == 1000
    assert len(caplog.records) == 20
    journal._allowance._left = 1
    journal.note(Garbled("checksum", b""))
    assert caplog.messages[-1].endswith("(980 more were not logged)")
