"""Connections that are not logged on: who gets in, who is turned away, and for how long one may wait."""

from typing import Any, cast

import pytest

from shared.feed.fix.connection import FixConnection
from shared.service.fix.journal import Journal
from shared.service.fix.logons import Logons
from shared.telemetry.fix_metrics import FixMetrics
from tests.support import fix
from tests.support.fix_session import NOW, SECOND, acceptor

LOGON = fix.message("35=A|34=1|49=DESK|52=20260105-14:30:00|56=SPREAD|98=0|108=30")


class Hall:
    """A listener that notes whom it closes, and a clock that the test moves."""

    def __init__(self, **settings: Any) -> None:
        self.closed: list[object] = []
        self.now_us = NOW
        session = acceptor(**settings)
        self.metrics = FixMetrics()
        journals = {session.name: Journal(session, self.metrics, self.clock)}
        self.logons = Logons([session], cast(Any, self), journals, self.clock)

    def clock(self) -> int:
        """The moment."""
        return self.now_us

    @property
    def error(self) -> str:
        """What went wrong last of the session."""
        return self.metrics.sessions["desk-a"].error

    def enters(self, peer: str = "a peer") -> FixConnection:
        """Somebody connects."""
        self.peer = peer
        connection = cast(FixConnection, Peer())
        self.logons.connected(connection)
        return connection

    def close_connection(self, connection: object) -> None:
        """See `FixListener`."""
        self.closed.append(connection)

    def waits(self, seconds: int) -> None:
        """Time passes."""
        self.now_us += seconds * SECOND
        self.logons.tick()


class Peer:
    """A connection."""

    peer = "a peer"


def test_a_logon_waits_with_all_that_follows_it() -> None:
    """However it was split; until it is answered."""
    hall = Hall()
    line = hall.enters()
    hall.logons.receive(line, LOGON[:20], 1)
    assert hall.logons.waiting() == []
    hall.logons.receive(line, LOGON[20:] + b"8=FIX", 2)
    hall.logons.receive(line, b".4.4", 3)
    (logon,) = hall.logons.waiting()
    assert (logon.connection, bytes(logon.data), logon.received_ns) == (line, LOGON + b"8=FIX.4.4", 2)
    assert hall.logons.answered(logon)
    assert hall.logons.waiting() == []
    assert not hall.logons.answered(logon)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        LOGON.replace(b"56=SPREAD", b"56=OTHERS"),
        fix.order(),
        fix.message("35=A|34=1|49=DESK|52=20260105-14:30:00|56=OTHER|98=0|108=30"),
        b"8=FIX.4.4\x019=99999\x01" + b"x" * 99,
    ],
)
def test_strangers_are_turned_away(data: bytes) -> None:
    """What is no FIX, garbled, no Logon, for no session of ours, or too long."""
    hall = Hall()
    line = hall.enters()
    hall.logons.receive(line, data, 0)
    assert (hall.closed, hall.logons.waiting(), hall.error) == ([line], [], "")


def test_who_does_not_know_the_password_moves_nothing() -> None:
    """The Logon never waits to be answered: the source keeps its owner."""
    hall = Hall(logon=((b"554", b"open"),))
    stranger, friend = hall.enters(), hall.enters()
    hall.logons.receive(stranger, LOGON, 0)
    secret = fix.message("35=A|34=1|49=DESK|52=20260105-14:30:00|56=SPREAD|98=0|108=30|554=open")
    hall.logons.receive(friend, secret, 0)
    assert hall.closed == [stranger]
    assert [each.connection for each in hall.logons.waiting()] == [friend]
    text = "a peer was turned away: its Logon for desk-a lacks a field that was agreed, or has another"
    assert hall.error.startswith(text)


def test_how_long_one_may_wait(caplog: pytest.LogCaptureFixture) -> None:
    """10 s for a Logon to come, 60 s for the position to be known."""
    hall = Hall()
    silent, early = hall.enters(), hall.enters()
    hall.logons.receive(early, LOGON, 0)
    hall.waits(9)
    assert hall.closed == []
    hall.waits(1)
    assert hall.closed == [silent]
    hall.waits(49)
    assert hall.closed == [silent]
    hall.waits(1)
    assert hall.closed == [silent, early]
    assert "the position of its session is not known after 60 s" in caplog.text
    assert hall.error == "a peer was turned away: the position of its session is not known after 60 s"
    assert hall.logons.waiting() == []


def test_who_goes_or_sends_too_much_does_not_wait() -> None:
    """Its connection ends, or 1 MiB has arrived behind its Logon."""
    hall = Hall()
    gone, flood = hall.enters(), hall.enters()
    for line in (gone, flood):
        hall.logons.receive(line, LOGON, 0)
    hall.logons.receive(gone, b"", 0)
    for _ in range(4):
        hall.logons.receive(flood, b"x" * (1 << 18), 0)
    assert hall.closed == [gone, flood]
    assert hall.logons.waiting() == []
