"""FIX sessions: connections that have not said yet who they are."""

import pytest

from shared.wire.fix.session.reception import LONGEST_LOGON, Admitted, Reception, TurnedAway
from tests.support import fix
from tests.support.fix_session import NOW, SECOND, acceptor

SESSIONS = [
    acceptor(),
    acceptor(name="desk-b", theirs=b"DESK-B"),
    acceptor(name="old", begin=b"FIX.4.2"),
    acceptor(name="venue", role="initiator", theirs=b"VENUE"),
]


def logon(theirs: str = "DESK", ours: str = "SPREAD", begin: str = "FIX.4.4") -> bytes:
    """A Logon."""
    return fix.message(f"35=A|34=1|49={theirs}|52=20260105-14:30:00|56={ours}|98=0|108=30", begin)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (logon(), "desk-a"),
        (logon("DESK-B"), "desk-b"),
        (logon(begin="FIX.4.2"), "old"),
        (logon() + fix.order() + b"8=FI", "desk-a"),
    ],
)
def test_who_is_admitted(data: bytes, name: str) -> None:
    """By BeginString and both CompIDs; all that has arrived goes on to the session, split at any byte."""
    whole = Reception(SESSIONS, NOW).receive(data)
    assert isinstance(whole, Admitted)
    assert (whole.settings.name, whole.data) == (name, data)

    reception = Reception(SESSIONS, NOW)
    parts = [data[at : at + 1] for at in range(len(data))]
    found = next(found for part in parts if (found := reception.receive(part)) is not None)
    assert isinstance(found, Admitted)
    assert found.settings.name == name


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (logon("OTHER"), "there is no session for 8=FIX.4.4 49=OTHER 56=SPREAD"),
        (logon(ours="OTHER"), "there is no session for 8=FIX.4.4 49=DESK 56=OTHER"),
        (logon("\x1b[2J"), "there is no session for 8=FIX.4.4 49=\\x1b[2J 56=SPREAD"),
        (logon("VENUE"), "there is no session for 8=FIX.4.4 49=VENUE 56=SPREAD"),
        (logon(begin="FIX.4.1"), "there is no session for 8=FIX.4.1 49=DESK 56=SPREAD"),
        (fix.order(), "the first message is no Logon but 35=D"),
        (b"GET / HTTP/1.1\r\n", "what arrives first is no FIX message: begin_string"),
        (b"\x16\x03\x01\x02", "what arrives first is no FIX message: begin_string"),
        (logon()[:-4] + b"000\x01", "what arrives first is no FIX message: checksum"),
        (b"8=FIX.4.4\x019=999999\x0135=A\x01", "what arrives first is no FIX message: too_long"),
    ],
)
def test_who_is_turned_away(data: bytes, text: str) -> None:
    """Others' sessions, initiators' counterparties, what is no Logon, garbage, and what is too long."""
    assert Reception(SESSIONS, NOW).receive(data) == TurnedAway(text)


def test_who_says_nothing() -> None:
    """Has ten seconds, and little room."""
    reception = Reception(SESSIONS, NOW)

    assert reception.receive(b"8=FIX.4.4\x019=16000\x0135=A\x01" + b"1" * 15_000) is None
    assert len(reception._buffer) < LONGEST_LOGON
    assert reception.tick(NOW + 10 * SECOND - 1) is None
    assert reception.tick(reception.deadline_us) == TurnedAway("no Logon has come")
