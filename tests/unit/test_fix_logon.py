"""FIX sessions: how one begins, in both roles, and with which numbers."""

import pytest

from shared.wire.fix.session.events import BeganAgain, Ended, Ending, LoggedOn, Skipped, Taken
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.link import Start
from tests.support.fix_session import NOW, SECOND, Talk, acceptor

AT_5 = Start(Expected(2, 5), NOW, 7, 1001)
LOGON = "35=A|34=1|98=0|108=30"
NOT_AGREED = "ResetSeqNumFlag (141) is not agreed for this session"
INITIATOR = acceptor(role="initiator", logon=((b"553", b"user"), (b"554", b"secret")))


def ending(talk: Talk) -> Ending:
    """How it ended."""
    ending: Ending = talk.last(Ended).ending
    return ending


def test_an_acceptor_answers() -> None:
    """With the peer's heartbeat; then the session is up, and the Logon's number is taken."""
    talk = Talk()

    assert talk.hears("35=A|34=1|98=0|108=7") == ["35=A|34=1|98=0|108=7"]
    assert talk.session.is_up
    assert talk.last(LoggedOn) == LoggedOn(7)
    assert talk.session.expected == Expected(0, 2)


def test_fixt_says_what_it_carries() -> None:
    """FIXT.1.1 demands and gives DefaultApplVerID, and header fields that were agreed are in each message."""
    talk = Talk(acceptor(begin=b"FIXT.1.1", default_appl=b"9", fields=((b"50", b"SUB"),)))
    assert talk.logs_on("1137=9") == ["35=A|34=1|50=SUB|98=0|108=30|1137=9"]

    talk = Talk(acceptor(begin=b"FIXT.1.1", default_appl=b"9"))
    assert talk.logs_on("1137=7") == ["35=5|34=1|58=DefaultApplVerID (1137) has to be 9"]
    assert ending(talk) is Ending.REFUSED


@pytest.mark.parametrize(
    ("logon", "text"),
    [
        ("35=A|34=1|98=0|108=0", "HeartBtInt (108) has to be 1 to 3600"),
        ("35=A|34=1|98=0|108=3601", "HeartBtInt (108) has to be 1 to 3600"),
        ("35=A|34=1|98=0", "HeartBtInt (108) has to be 1 to 3600"),
        ("35=A|34=1|98=1|108=30", "EncryptMethod (98) has to be 0"),
        ("35=A|98=0|108=30", "MsgSeqNum (34) of a Logon has to be 1 or above"),
        ("35=A|34=0|98=0|108=30", "MsgSeqNum (34) of a Logon has to be 1 or above"),
        ("35=A|34=2|98=0|108=30|141=Y", "MsgSeqNum (34) has to be 1 where ResetSeqNumFlag (141) is Y"),
        ("35=A|34=1|98=0|108=30|141=Y", NOT_AGREED),
        ("35=A|34=1|98=0|108=30|52=20010101-00:00:00", "SendingTime accuracy problem"),
        ("35=A|34=1|98=0|108=30|52=", "Tag specified without a value"),
        ("35=A|34=1|98=0|108=30|789=2", "NextExpectedMsgSeqNum (789) too high, at most 1 but received 2"),
    ],
)
def test_what_no_logon_may_say(logon: str, text: str) -> None:
    """It is refused by a Logout that says why, and moves nothing."""
    talk = Talk()
    said = talk.hears(logon)

    assert said[-1].endswith(f"|58={text}")
    assert not talk.has(Taken)
    assert talk.session.expected == Expected(0, 1)
    if "789" in logon:
        assert talk.waits(2) == []
    assert talk.last(Ended) == Ended(Ending.REFUSED, text)


def test_credentials() -> None:
    """An acceptor demands the agreed fields; no text and no representation shows them."""
    settings = acceptor(logon=((b"553", b"user"), (b"554", b"secret")))
    assert Talk(settings).logs_on("553=user|554=secret") == ["35=A|34=1|98=0|108=30"]
    assert "secret" not in repr(settings)

    talk = Talk(settings)
    assert talk.logs_on("553=user|554=guess") == [
        "35=5|34=1|58=the Logon lacks a field that was agreed, or has another value in it"
    ]


@pytest.mark.parametrize("first", ["35=0|34=1", "35=D|34=1|55=BTU", "35=5|34=1"])
def test_something_else_comes_first(first: str) -> None:
    """The connection ends without a word."""
    talk = Talk()

    assert talk.hears(first) == []
    assert talk.last(Ended) == Ended(Ending.REFUSED, "the first message is no Logon")


def test_garbage_comes_first() -> None:
    """The connection ends without a word, and later bytes do nothing."""
    talk = Talk()

    assert talk.hears_bytes(b"GET / HTTP/1.1\r\n\r\n") == []
    assert talk.last(Ended) == Ended(Ending.REFUSED, "the first message is garbled: begin_string")
    assert talk.logs_on() == []


def test_a_gap_before_the_logon() -> None:
    """The session is up, what is missing is asked for, and what follows the Logon waits for it."""
    talk = Talk(start=AT_5)

    assert talk.hears("35=A|34=9|98=0|108=30", "35=D|34=10|55=BTU") == [
        "35=A|34=7|98=0|108=30",
        "35=2|34=8|7=5|16=0",
    ]
    assert talk.session.is_up
    assert talk.session.expected == Expected(2, 5)
    assert talk.taken() == []


def test_a_gap_that_nobody_fills() -> None:
    """Without resends the numbers are passed over, and said to be unchecked."""
    talk = Talk(acceptor(resends=False), AT_5)

    assert talk.hears("35=A|34=9|98=0|108=30", "35=D|34=10|55=BTU") == ["35=A|34=7|98=0|108=30"]
    assert talk.last(Skipped) == Skipped(5, 8, "not resent")
    assert talk.taken() == ["10"]


def test_a_gap_fill_reaches_the_logon() -> None:
    """The Logon that was too high is not counted a second time."""
    talk = Talk(start=AT_5)
    talk.hears("35=A|34=6|98=0|108=30")

    assert talk.hears("35=4|34=5|43=Y|123=Y|36=7", "35=D|34=7|55=BTU") == []
    assert talk.taken() == ["7"]


def test_a_peer_that_has_begun_again() -> None:
    """Too low a number is told and moves nothing, until an operator has set it."""
    talk = Talk(start=AT_5)

    text = "MsgSeqNum too low, expecting 5 but received 1"
    assert talk.logs_on() == [f"35=5|34=7|58={text}"]
    assert talk.last(Ended) == Ended(Ending.TOO_LOW, text)
    assert talk.session.expected == AT_5.expected


def test_reset_at_each_logon() -> None:
    """Both sides begin at 1, and say so with the flag if the peer did; nothing leaves before the commit."""
    for flag, answer in (("", "35=A|34=1|98=0|108=30"), ("141=Y", "35=A|34=1|98=0|108=30|141=Y")):
        talk = Talk(acceptor(reset="logon"), AT_5, commits=False)

        assert talk.logs_on(flag) == []
        assert talk.session.is_waiting
        assert talk.last(BeganAgain) == BeganAgain(Expected(3, 1), NOW, 1001)
        assert talk.committed() == [answer]
        assert talk.session.expected == Expected(3, 2)


def test_reset_while_up() -> None:
    """A Logon with the flag begins again once; the Logon is 1 and the next is 2."""
    talk = Talk(acceptor(reset="logon"))
    talk.logs_on()
    talk.hears("35=D|34=2|55=BTU")

    assert talk.logs_on("141=Y") == ["35=A|34=1|98=0|108=30|141=Y"]
    assert talk.hears("35=1|34=2|112=X") == ["35=0|34=2|112=X"]
    assert talk.session.expected == Expected(2, 3)

    talk = Talk()
    talk.logs_on()
    assert talk.logs_on("141=Y") == [f"35=5|34=2|58={NOT_AGREED}"]
    assert talk.session.expected == Expected(0, 2)


def test_a_logon_on_a_session_that_is_up() -> None:
    """Ends it; a copy of one does nothing."""
    talk = Talk()
    talk.logs_on()

    assert talk.hears("35=A|34=2|43=Y|98=0|108=30") == []
    assert talk.hears("35=A|34=3|98=0|108=30") == ["35=5|34=2|58=a Logon on a session that is up"]


def test_a_commit_that_does_not_come() -> None:
    """Our Logon waits for it for a minute; then the connection ends."""
    talk = Talk(acceptor(reset="logon"), AT_5, commits=False)
    talk.logs_on()
    assert talk.session.deadline_us() == NOW + 60 * SECOND

    talk.waits(59.9)
    assert talk.session.is_waiting
    talk.waits(0.1)
    assert talk.last(Ended).ending is Ending.UNANSWERED


def test_what_arrives_behind_a_logon_that_waits() -> None:
    """It is kept in order, split at any byte, and taken after our Logon; too much of it ends the session."""
    talk = Talk(acceptor(reset="logon"), AT_5, commits=False)
    orders = b"".join(talk.message(f"35=D|34={number}|55=BTU") for number in (2, 3, 4))
    logon = talk.message(LOGON)

    for at in range(0, len(logon + orders), 50):
        assert talk.hears_bytes((logon + orders)[at : at + 50]) == []
    assert talk.committed() == ["35=A|34=1|98=0|108=30"]
    assert talk.taken() == ["2", "3", "4"]

    talk = Talk(acceptor(reset="logon"), AT_5, commits=False)
    assert talk.hears(LOGON, f"35=B|34=2|58={'x' * 600_000}", f"35=B|34=3|58={'x' * 600_000}") == []
    assert talk.last(Ended) == Ended(Ending.REFUSED, "more than 1048576 bytes arrived before our Logon")


def test_next_expected() -> None:
    """789 is answered by one gap fill instead of a ResendRequest, and by what we expect."""
    talk = Talk(start=AT_5)

    assert talk.hears("35=A|34=9|98=0|108=30|789=3") == [
        "35=A|34=7|98=0|108=30|789=5",
        f"35=4|34=3|43=Y|122={stamp()}|36=8|123=Y",
    ]
    assert talk.hears("35=D|34=10|55=BTU") == []
    assert talk.waits(29) == []
    assert talk.hears("35=D|34=5|43=Y|55=BTU", "35=D|34=6|43=Y|55=BTU") == []
    assert talk.taken() == ["5", "6"]

    talk = Talk()
    assert talk.logs_on("789=1") == ["35=A|34=1|98=0|108=30|789=2"]


def test_an_initiator() -> None:
    """Says its Logon with its credentials, and is up once the peer has answered."""
    talk = Talk(INITIATOR)

    assert talk.starts() == ["35=A|34=1|98=0|108=30|553=user|554=secret"]
    assert not talk.has(LoggedOn)
    assert talk.logs_on() == []
    assert talk.session.is_up
    assert talk.session.expected == Expected(0, 2)


def test_an_initiator_begins_again() -> None:
    """With the flag, once the reset is committed; the flag in the answer begins nothing a second time."""
    talk = Talk(acceptor(role="initiator", reset="logon"), AT_5, commits=False)

    assert talk.starts() == []
    assert talk.committed() == ["35=A|34=1|98=0|108=30|141=Y"]
    assert talk.logs_on("141=Y") == []
    assert talk.session.expected == Expected(3, 2)
    assert sum(isinstance(each, BeganAgain) for each in talk.events) == 1


@pytest.mark.parametrize(
    ("answer", "said", "how"),
    [
        ("35=5|34=1|58=who are you", [], Ended(Ending.REFUSED, "the peer says: who are you")),
        ("35=5|34=1|58=\x1b[2J", [], Ended(Ending.REFUSED, "the peer says: \\x1b[2J")),
        (f"{LOGON}|141=Y", [f"35=5|34=2|58={NOT_AGREED}"], Ended(Ending.REFUSED, NOT_AGREED)),
        (f"{LOGON}|49=OTHER", ["35=5|34=2|58=CompID problem"], Ended(Ending.REFUSED, "CompID problem")),
    ],
)
def test_an_initiator_is_refused(answer: str, said: list[str], how: Ended) -> None:
    """It says what the peer said, with control characters escaped."""
    talk = Talk(INITIATOR)
    talk.starts()

    assert talk.hears(answer) == said
    assert talk.last(Ended) == how


def test_an_initiator_that_nobody_answers() -> None:
    """Gives up after ten seconds; so does an acceptor to whom nobody speaks."""
    for settings in (INITIATOR, acceptor()):
        talk = Talk(settings)
        talk.starts() if settings is INITIATOR else None
        assert talk.session.deadline_us() == NOW + 10 * SECOND
        talk.waits(9.9)
        assert not talk.has(Ended)
        talk.waits(0.1)
        assert talk.last(Ended) == Ended(Ending.UNANSWERED, "no Logon has come")
        assert talk.session.deadline_us() is None


def test_an_initiator_whose_peer_lacks_messages() -> None:
    """NextExpectedMsgSeqNum in the peer's Logon is answered by one gap fill."""
    talk = Talk(INITIATOR, AT_5)
    talk.starts()

    assert talk.hears("35=A|34=5|98=0|108=30|789=3") == [f"35=4|34=3|43=Y|122={stamp()}|36=8|123=Y"]
    assert talk.session.expected == Expected(2, 6)


def test_no_number_is_reserved() -> None:
    """Without a number for our Logon there is no session."""
    talk = Talk(start=Start(Expected(0, 1), NOW, 5, 5))

    assert talk.logs_on() == []
    assert talk.last(Ended) == Ended(Ending.UNANSWERED, "no number is reserved for our Logon")


def stamp() -> str:
    """The test's moment as FIX writes it."""
    return "20260105-14:30:00.000"
