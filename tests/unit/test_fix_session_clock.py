"""FIX sessions and the clock: heartbeats, silence, and the day's reset."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.wire.fix.counterparty.daily_reset import DailyReset
from shared.wire.fix.session.events import BeganAgain, Ended, Ending
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.link import Start
from shared.wire.fix.timestamp import format_timestamp, parse_timestamp
from tests.support.fix_session import NOW, SECOND, Talk, acceptor

HOUR = 3600 * SECOND
NEW_YORK = DailyReset(17, 0, "America/New_York")
RESET = parse_timestamp(b"20260105-22:00:00") or 0
"""17:00 in New York, in winter."""
DAY = 24 * HOUR


def up() -> Talk:
    """A session that is up, with heartbeats every 10 s."""
    talk = Talk()
    talk.hears("35=A|34=1|98=0|108=10")
    return talk


def test_a_heartbeat_is_due_after_silence_of_ours() -> None:
    """Whatever we send puts it off."""
    talk = up()
    assert talk.session.deadline_us() == NOW + 10 * SECOND
    assert talk.waits(5) == []
    assert talk.hears("35=1|34=2|112=T") == ["35=0|34=2|112=T"]
    assert talk.waits(5) == []
    assert talk.session.deadline_us() == NOW + 15 * SECOND
    assert talk.waits(5) == ["35=0|34=3"]


def test_a_silent_peer() -> None:
    """It is asked after 1.2 heartbeats, from when a second Logon may take over, and given up after 2.4."""
    talk = up()
    assert talk.waits(10) == ["35=0|34=2"]
    assert talk.waits(1.9) == []
    assert talk.session.is_heard(talk.now_us)
    assert talk.waits(0.1) == ["35=1|34=3|112=TEST"]
    assert not talk.session.is_heard(talk.now_us)
    assert talk.session.deadline_us() == NOW + 24 * SECOND
    assert talk.waits(11.9) == []
    assert not talk.has(Ended)
    assert talk.waits(0.1) == []
    assert talk.last(Ended) == Ended(Ending.SILENT, "nothing was heard for 2.4 heartbeats")


def test_a_peer_that_answers_the_test() -> None:
    """The session goes on, and so do our heartbeats."""
    talk = up()
    talk.waits(12)
    talk.hears("35=0|34=2|112=TEST")

    assert talk.session.is_heard(talk.now_us)
    assert talk.waits(11) == ["35=0|34=3"]


def test_nothing_is_read() -> None:
    """While nobody reads, silence says nothing, also to a second Logon; heartbeats go on after a test."""
    talk = up()
    talk.waits(12)

    assert [talk.waits(10, is_held=True) for _ in range(12)] == [[f"35=0|34={n}"] for n in range(3, 15)]
    assert not talk.has(Ended)
    assert talk.session.is_heard(talk.now_us)
    assert talk.waits(12) == ["35=1|34=15|112=TEST"]
    assert not talk.session.is_heard(talk.now_us)


def test_a_logout_that_waits_for_a_commit() -> None:
    """Heartbeats go on meanwhile."""
    talk = up()
    talk.commits = False
    talk.hears("35=5|34=2")

    assert talk.waits(10, is_held=True) == ["35=0|34=2"]
    assert talk.committed() == ["35=5|34=3"]


def day_session(start: Start, now_us: int, *, commits: bool = True) -> Talk:
    """An acceptor that begins again at 17:00 in New York."""
    return Talk(acceptor(reset=NEW_YORK), start, now_us=now_us, commits=commits)


def test_the_day_ends_while_the_session_is_up() -> None:
    """We log out; orders that come before the answer are still taken; the next Logon begins again."""
    start = Start(Expected(4, 7), RESET - HOUR, 3, 1001)
    talk = day_session(start, RESET - 10 * SECOND)
    talk.hears("35=A|34=7|98=0|108=30")
    assert talk.session.deadline_us() == RESET

    assert talk.waits(10) == ["35=5|34=4|58=the session's day is over"]
    assert talk.hears("35=D|34=8|55=BTU", "35=5|34=9") == []
    assert talk.taken() == ["8"]
    assert talk.last(Ended).ending is Ending.LOGGED_OUT

    talk = day_session(start._replace(expected=Expected(4, 10)), RESET, commits=False)
    assert talk.logs_on() == []
    assert talk.last(BeganAgain) == BeganAgain(Expected(5, 1), RESET, 1001)
    assert talk.committed() == ["35=A|34=1|98=0|108=30"]
    assert talk.session.expected == Expected(5, 2)


def test_the_day_ends_while_nothing_is_read() -> None:
    """It waits: what was sent before its end is read first, for the peer will not send it again."""
    talk = day_session(Start(Expected(4, 7), RESET - HOUR, 3, 1001), RESET - 10 * SECOND)
    talk.hears("35=A|34=7|98=0|108=30")

    assert talk.waits(10, is_held=True) == []
    assert talk.waits(20, is_held=True) == ["35=0|34=4"]
    assert talk.waits(0) == ["35=5|34=5|58=the session's day is over"]
    assert talk.waits(60, is_held=True) == ["35=0|34=6"]
    assert talk.waits(1.9) == []
    assert talk.hears("35=D|34=8|55=BTU", "35=5|34=9") == []
    assert talk.taken() == ["8"]
    assert talk.last(Ended).ending is Ending.LOGGED_OUT


def test_the_day_is_done_once() -> None:
    """A second Logon of the same day goes on where the first has ended."""
    talk = day_session(Start(Expected(5, 3), RESET, 4, 1001), RESET + HOUR)

    assert talk.hears("35=A|34=3|98=0|108=30") == ["35=A|34=4|98=0|108=30"]
    assert not talk.has(BeganAgain)


def test_a_logon_of_the_next_day_comes_early() -> None:
    """Up to a minute before the reset it waits for it, with what follows it."""
    start = Start(Expected(4, 7), RESET - DAY, 3, 1001)
    talk = day_session(start, RESET - 60 * SECOND)
    assert talk.hears("35=A|34=1|98=0|108=30", "35=D|34=2|55=BTU") == []
    assert talk.session.is_waiting
    assert talk.session.deadline_us() == RESET

    assert talk.waits(59.9) == []
    assert talk.waits(0.1) == ["35=A|34=1|98=0|108=30"]
    assert talk.taken() == ["2"]
    assert talk.session.expected == Expected(5, 3)

    talk = day_session(start, RESET - 61 * SECOND)
    assert talk.logs_on() == ["35=5|34=3|58=MsgSeqNum too low, expecting 7 but received 1"]


@pytest.mark.parametrize(("number", "begins"), [(1, True), (2, False)])
def test_the_flag_under_a_schedule(number: int, begins: bool) -> None:  # noqa: FBT001 # a case
    """ResetSeqNumFlag is agreed to in a day of which nothing was taken, and else refused."""
    talk = day_session(Start(Expected(5, number), RESET, 4, 1001), RESET + HOUR)
    said = talk.logs_on("141=Y")

    assert talk.has(BeganAgain) is begins
    assert said[0].startswith("35=A|34=1|" if begins else "35=5|34=4|58=ResetSeqNumFlag")


def test_an_initiator_under_a_schedule() -> None:
    """It begins again at the first Logon of the day, without the flag; the peer's changes nothing."""
    settings = acceptor(role="initiator", reset=NEW_YORK)
    talk = Talk(settings, Start(Expected(4, 7), RESET - DAY, 3, 1001), now_us=RESET)

    assert talk.starts() == ["35=A|34=1|98=0|108=30"]
    assert talk.logs_on("141=Y") == []
    assert talk.session.expected == Expected(5, 2)

    talk = Talk(settings, Start(Expected(5, 7), RESET, 3, 1001), now_us=RESET + HOUR)
    assert talk.starts() == ["35=A|34=3|98=0|108=30"]
    assert talk.logs_on("141=Y")[0].startswith("35=5|34=4|58=ResetSeqNumFlag")


@pytest.mark.parametrize(
    ("at", "following"),
    [
        (b"20260105-21:59:59", b"20260105-22:00:00"),
        (b"20260105-22:00:00", b"20260106-22:00:00"),
        (b"20260705-22:30:00", b"20260706-21:00:00"),  # summer
        (b"20260308-12:00:00", b"20260308-21:00:00"),  # a day of 23 hours
        (b"20261101-12:00:00", b"20261101-22:00:00"),  # a day of 25
    ],
)
def test_resets_by_the_clock_of_a_zone(at: bytes, following: bytes) -> None:
    """The first after a moment."""
    assert format_timestamp(NEW_YORK.next_us(parse_timestamp(at) or 0)) == following + b".000"


@given(
    st.integers(0, 4_000_000_000_000_000),
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from(["UTC", "America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe"]),
)
def test_there_is_one_reset_a_day(moment: int, hour: int, minute: int, zone: str) -> None:
    """Whatever the zone: the next is at most about a day away, and so is the one after that."""
    reset = DailyReset(hour, minute, zone)
    following = reset.next_us(moment)

    assert 0 < following - moment <= 26 * HOUR
    assert reset.next_us(following - 1) == following
    assert 22 * HOUR <= reset.next_us(following) - following <= 26 * HOUR
