"""FIX sessions that are up: what is done with each message, and what of it is committed."""

import pytest

from shared.wire.fix.session.events import (
    Ended,
    Ending,
    Garbled,
    Moved,
    NumbersNeeded,
    PeerRejected,
    Rejected,
    Skipped,
    Taken,
)
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.link import Start
from tests.support.fix_session import NOW, SECOND, Talk, acceptor

STAMP = "20260105-14:30:00.000"
ORDER = "55=BTU|54=1"


def up(**changes: object) -> Talk:
    """A session that is up; 2 comes next, in both directions."""
    talk = Talk(acceptor(**changes))
    assert talk.logs_on() == ["35=A|34=1|98=0|108=30"]
    talk.events.clear()
    return talk


def order(number: int, more: str = "") -> str:
    """An order with this number."""
    return f"35=D|34={number}|{more}{ORDER}"


def test_orders_are_taken_in_turn() -> None:
    """Each with the position after it; heartbeats between them move the position, too."""
    talk = up()
    talk.hears(order(2), "35=0|34=3", order(4))

    after = [(type(each), each.after) for each in talk.events if isinstance(each, Taken | Moved)]
    assert after == [
        (Taken, Expected(0, 3)),
        (Moved, Expected(0, 4)),
        (Taken, Expected(0, 5)),
    ]


@pytest.mark.parametrize(
    "header",
    [
        f"35=D|34=2|49=DESK|52={STAMP}|56=SPREAD",
        f"35=D|49=DESK|56=SPREAD|34=2|52={STAMP}",
        f"35=D|56=SPREAD|49=DESK|52={STAMP}|34=2",
        f"35=D|34=2|43=N|49=DESK|52={STAMP}|56=SPREAD",
        f"35=D|34=002|49=DESK|52={STAMP}|56=SPREAD",
    ],
)
def test_headers_in_any_order(header: str) -> None:
    """A message is taken whatever the order of its header's fields, and its bytes are as they came."""
    talk = up()
    raw = talk.message(f"{header}|{ORDER}")

    assert talk.hears_bytes(raw) == []
    assert talk.last(Taken) == Taken(raw, Expected(0, 3))


def test_bytes_split_anywhere() -> None:
    """Messages are the same however their bytes arrive."""
    talk = up()
    data = b"".join(talk.message(each) for each in (order(2), "35=1|34=3|112=T", order(4)))
    said = [text for at in range(len(data)) for text in talk.hears_bytes(data[at : at + 1])]

    assert said == ["35=0|34=2|112=T"]
    assert talk.taken() == ["2", "4"]


@pytest.mark.parametrize(
    ("message", "reject"),
    [
        ("35=1|34=2", "45=2|58=Required tag missing|371=112|372=1|373=1"),
        ("35=0|34=2|56=", "45=2|58=Tag specified without a value|371=56|372=0|373=4"),
        ("35=0|34=2|49=", "45=2|58=Tag specified without a value|371=49|372=0|373=4"),
        ("35=D|34=2|52=", "45=2|58=Tag specified without a value|371=52|372=D|373=4"),
        ("35=D|34=2|52=noon", "45=2|58=Incorrect data format for value|371=52|372=D|373=6"),
        ("35=*|34=2", "45=2|58=Invalid MsgType|372=*|373=11"),
        ("35=|34=2", "45=2|58=Invalid MsgType|373=11"),
        ("35=2|34=2|16=0", "45=2|58=Required tag missing|371=7|372=2|373=1"),
        ("35=2|34=2|7=1", "45=2|58=Required tag missing|371=16|372=2|373=1"),
        (
            "35=2|34=2|7=9|16=0",
            "45=2|58=Value is incorrect (out of range) for this tag|371=7|372=2|373=5",
        ),
        (
            "35=2|34=2|7=0|16=0",
            "45=2|58=Value is incorrect (out of range) for this tag|371=7|372=2|373=5",
        ),
        ("35=4|34=2|123=Y", "45=2|58=Required tag missing|371=36|372=4|373=1"),
        ("35=4|34=2|123=Y|36=2", "45=2|58=Value is incorrect (out of range) for this tag|372=4|373=5"),
    ],
)
def test_what_is_rejected(message: str, reject: str) -> None:
    """Its number counts, it does nothing else, and the session goes on."""
    talk = up()

    assert talk.hears(message) == [f"35=3|34=2|{reject}"]
    assert talk.has(Rejected)
    assert not talk.has(Taken)
    assert talk.hears("35=1|34=3|112=T") == ["35=0|34=3|112=T"]


def test_a_reset_that_goes_back() -> None:
    """SequenceReset to a number that was taken is rejected and moves nothing."""
    talk = up()
    reject = "45=0|58=Value is incorrect (out of range) for this tag|372=4|373=5"

    assert talk.hears("35=4|34=0|36=1") == [f"35=3|34=2|{reject}"]
    assert talk.session.expected == Expected(0, 2)


@pytest.mark.parametrize(
    ("message", "rejected", "text"),
    [
        (f"35=D|34=2|49=OTHER|{ORDER}", True, "CompID problem"),
        (f"35=D|34=2|56=OTHER|{ORDER}", True, "CompID problem"),
        (f"35=D|34=2|52=20260105-14:32:00|{ORDER}", True, "SendingTime accuracy problem"),
        (f"35=D|34=2|52=20260105-14:28:00|{ORDER}", True, "SendingTime accuracy problem"),
        (f"35=D|{ORDER}", False, "Required tag missing: MsgSeqNum (34)"),
        (f"35=D|34=x|{ORDER}", False, "Required tag missing: MsgSeqNum (34)"),
    ],
)
def test_what_ends_a_session(message: str, rejected: bool, text: str) -> None:  # noqa: FBT001 # a case
    """Nothing is taken any more, the number stays, and the end comes with the peer's Logout."""
    talk = up()
    said = talk.hears(message, order(2), "35=1|34=3|112=T")

    assert said[-1] == f"35=5|34={3 if rejected else 2}|58={text}"
    assert len(said) == 1 + rejected
    assert talk.taken() == []
    assert talk.session.expected == Expected(0, 2)
    assert not talk.has(Ended)
    talk.hears("35=5|34=9")
    assert talk.last(Ended) == Ended(Ending.REFUSED, text)


def test_another_begin_string_ends_a_session() -> None:
    """With a Logout and no Reject; and without an answer after two seconds."""
    talk = up()
    other = talk.message("35=1|34=2|112=T").replace(b"8=FIX.4.4", b"8=FIX.4.2")
    other = other[:-4] + b"%03d\x01" % ((int(other[-4:-1]) - 2) % 256)

    assert talk.hears_bytes(other) == ["35=5|34=2|58=Incorrect BeginString"]
    assert talk.waits(1.9) == []
    assert not talk.has(Ended)
    talk.waits(0.1)
    assert talk.last(Ended) == Ended(Ending.REFUSED, "Incorrect BeginString")


def test_too_low_a_number() -> None:
    """Ends the session; a copy is skipped, unless it contradicts itself."""
    talk = up()
    talk.hears(order(2))
    assert talk.hears(order(2, f"43=Y|122={STAMP}|")) == []
    assert talk.taken() == ["2"]
    assert talk.hears(order(2, "43=Y|")) == ["35=3|34=2|45=2|58=Required tag missing|371=122|372=D|373=1"]
    assert talk.hears(order(2)) == ["35=5|34=3|58=MsgSeqNum too low, expecting 3 but received 2"]
    talk.waits(2)
    assert talk.last(Ended).ending is Ending.TOO_LOW

    talk = up()
    talk.hears(order(2))
    assert talk.hears(order(2, "43=Y|122=20260105-14:30:10|")) == [
        "35=3|34=2|45=2|58=SendingTime accuracy problem|372=D|373=10",
        "35=5|34=3|58=SendingTime accuracy problem",
    ]


def test_a_copy_that_differs() -> None:
    """A copy is skipped whatever is in it: it may lack fields, or have others."""
    talk = up()
    talk.hears(order(2, "9999=x|"))

    assert talk.hears(f"35=D|34=2|43=Y|122={STAMP}|97=Y|55=BTU", f"35=8|34=2|43=Y|122={STAMP}|55=OTHER") == []
    assert talk.taken() == ["2"]


@pytest.mark.parametrize(
    "sent",
    ["20260105-14:30:00", "20260105-14:30:00.1", "20260105-14:30:00.123456789012", "20260105-14:29:60"],
)
def test_times_of_any_precision(sent: str) -> None:
    """None to twelve digits of a second, and a leap second."""
    talk = up()
    talk.hears(f"35=D|34=2|52={sent}|{ORDER}", f"35=D|34=3|52={sent}|{ORDER}", order(4))

    assert talk.taken() == ["2", "3", "4"]


def test_what_lay_in_buffers() -> None:
    """Messages that nobody read for minutes are taken: those before them are as old."""
    talk = up()
    talk.waits(300, is_held=True)

    talk.hears(*(order(number) for number in range(2, 9)), sent_us=NOW + SECOND)
    assert len(talk.taken()) == 7


def test_a_gap() -> None:
    """What is missing is asked for once; what came too early is not taken until it is sent again."""
    talk = up()
    assert talk.hears(order(4), order(5)) == ["35=2|34=2|7=2|16=0"]
    assert talk.taken() == []
    copies = [order(number, f"43=Y|122={STAMP}|") for number in (2, 3, 4, 5)]
    assert talk.hears(*copies, order(6)) == []
    assert talk.taken() == ["2", "3", "4", "5", "6"]


def test_how_far_it_is_behind() -> None:
    """What is taken and not committed, and what is missing before a message that has come too early."""
    talk = up()
    assert talk.session.lag == 0
    talk.commits = False
    talk.hears(order(2), order(3))
    assert talk.session.lag == 2
    talk.hears(order(9))
    assert talk.session.lag == 8
    talk.committed(Expected(0, 3))
    assert talk.session.lag == 7
    talk.hears(*(order(number, f"43=Y|122={STAMP}|") for number in range(4, 10)))
    talk.committed()
    assert talk.session.lag == 0


@pytest.mark.parametrize("more", ["", "|789=1"])
def test_how_far_it_is_behind_at_its_logon(more: str) -> None:
    """Its number says how many messages are missing; of numbers that begin again none is."""
    talk = Talk(acceptor(reset="logon"), commits=False)
    talk.hears(f"35=A|34=1|98=0|108=30|141=Y{more}")
    assert talk.session.lag == 0
    talk = Talk()
    talk.hears(f"35=A|34=6|98=0|108=30{more}")
    assert (talk.session.is_up, talk.session.lag) == (True, 6)


def test_a_gap_fill_beyond_what_was_asked_for() -> None:
    """Counts as far as it says, and is said."""
    talk = up()
    talk.hears(order(4))

    assert talk.hears("35=4|34=2|43=Y|123=Y|36=9", order(9)) == []
    assert talk.last(Skipped) == Skipped(2, 8, "gap fill")
    assert talk.taken() == ["9"]


def test_an_old_gap_fill() -> None:
    """A copy is ignored; another one ends the session."""
    talk = up()
    talk.hears(order(2), order(3))

    assert talk.hears(f"35=4|34=2|43=Y|122={STAMP}|123=Y|36=9") == []
    assert talk.session.expected == Expected(0, 4)
    assert talk.hears("35=4|34=2|123=Y|36=9") == [
        "35=5|34=2|58=MsgSeqNum too low, expecting 4 but received 2"
    ]


def test_a_reset_of_the_numbers() -> None:
    """SequenceReset counts whatever its own number is; what it passes over is said."""
    talk = up()
    talk.hears("35=4|34=0|36=25", order(25))

    assert talk.last(Skipped) == Skipped(2, 24, "sequence reset")
    assert talk.taken() == ["25"]


def test_asked_for_in_vain() -> None:
    """What does not come whole when sent again is asked for once more, and then the session ends."""
    talk = up()
    assert talk.hears(order(3)) == ["35=2|34=2|7=2|16=0"]
    row = [order(number, f"43=Y|122={STAMP}|") for number in (3, 4, 5)]  # what is missing is missing still

    assert talk.hears(*row) == ["35=2|34=3|7=2|16=0"]
    assert talk.hears(*row) == ["35=5|34=4|58=MsgSeqNum 2 was asked for in vain"]


def test_asked_for_and_never_sent() -> None:
    """A peer that sends nothing again is asked once more after a heartbeat, and then the session ends."""
    talk = up()
    assert talk.hears(order(3)) == ["35=2|34=2|7=2|16=0"]
    talk.waits(29)
    assert talk.hears(order(4)) == []
    talk.waits(1)
    assert talk.hears(order(5)) == ["35=2|34=4|7=2|16=0"]  # 3 was a heartbeat
    talk.waits(30)
    assert talk.hears(order(6)) == ["35=5|34=6|58=MsgSeqNum 2 was asked for in vain"]


def test_garbled_messages() -> None:
    """They are ignored and counted, and the next shows what is missing; three times are too many."""
    talk = up()
    bad = talk.message(order(2))[:-4] + b"999\x01"

    assert talk.hears_bytes(b"noise" + bad) == []
    assert [each.reason for each in talk.events if isinstance(each, Garbled)] == ["begin_string", "checksum"]
    assert talk.hears(order(3)) == ["35=2|34=2|7=2|16=0"]
    assert talk.hears_bytes(bad) == []
    assert talk.hears_bytes(bad) == ["35=5|34=3|58=MsgSeqNum 2 came garbled three times"]


def test_three_garbled_messages_in_a_row() -> None:
    """End nothing: each of them was garbled once."""
    talk = up()
    bad = [talk.message(order(number))[:-4] + b"999\x01" for number in (2, 3, 4)]

    assert talk.hears_bytes(b"".join(bad)) == []
    assert talk.hears(order(5)) == ["35=2|34=2|7=2|16=0"]
    assert talk.session.is_up


def test_resend_requests() -> None:
    """One gap fill answers, whatever the request's own number is: what we send is never sent again."""
    talk = up()
    talk.hears("35=1|34=2|112=T", "35=1|34=3|112=T")
    fill = f"43=Y|122={STAMP}"

    assert talk.hears("35=2|34=4|7=1|16=2") == [f"35=4|34=1|{fill}|36=3|123=Y"]
    assert talk.hears("35=2|34=5|7=2|16=0") == [f"35=4|34=2|{fill}|36=4|123=Y"]
    assert talk.hears("35=2|34=6|7=3|16=99") == [f"35=4|34=3|{fill}|36=4|123=Y"]
    assert talk.hears("35=2|34=6|7=1|16=0|43=Y|122=" + STAMP) == []
    assert talk.hears("35=2|34=9|7=1|16=0") == [f"35=4|34=1|{fill}|36=4|123=Y", "35=2|34=4|7=7|16=0"]


def test_a_peer_that_sends_nothing_again() -> None:
    """Nothing is asked for; the numbers between are said to be unchecked."""
    talk = up(resends=False)

    assert talk.hears(order(5)) == []
    assert talk.last(Skipped) == Skipped(2, 4, "not resent")
    assert talk.taken() == ["5"]


def test_a_logout() -> None:
    """Is answered once all that was taken is committed, and the connection ends."""
    talk = up()
    talk.commits = False
    assert talk.hears(order(2), "35=5|34=3|58=bye", order(4)) == []
    assert talk.committed(Expected(0, 3)) == []
    assert not talk.has(Ended)
    assert talk.committed(Expected(0, 4)) == ["35=5|34=2"]
    assert talk.last(Ended) == Ended(Ending.LOGGED_OUT, "bye")
    assert talk.taken() == ["2"]


@pytest.mark.parametrize("number", [1, 2, 9])
def test_a_logout_with_any_number(number: int) -> None:
    """Is answered; only in its turn it moves what is expected."""
    talk = up()

    assert talk.hears(f"35=5|34={number}") == ["35=5|34=2"]
    assert talk.session.expected == Expected(0, 3 if number == 2 else 2)


def test_our_logout() -> None:
    """Messages are taken until the peer has answered; if it does not, the end comes after two seconds."""
    talk = up()
    assert talk.leaves() == ["35=5|34=2"]
    assert talk.hears(order(2), "35=5|34=3") == []
    assert talk.taken() == ["2"]
    assert talk.last(Ended) == Ended(Ending.LOGGED_OUT, "")

    talk = up()
    talk.leaves()
    assert talk.session.deadline_us() == NOW + 2 * SECOND
    talk.waits(2)
    assert talk.last(Ended) == Ended(Ending.UNANSWERED, "our Logout was not answered")


def test_the_committed_number() -> None:
    """Once the peer says 369, ours say what is committed, never more."""
    talk = up()
    talk.commits = False

    assert talk.hears(order(2), order(3, "369=1|"), "35=1|34=4|112=T") == ["35=0|34=2|369=1|112=T"]
    talk.committed(Expected(0, 4))
    assert talk.hears("35=1|34=5|112=T") == ["35=0|34=3|369=3|112=T"]


def test_what_is_none_of_ours() -> None:
    """It is answered by 35=j if that was agreed, and else not."""
    for answer in (True, False):
        talk = up(answer=answer)
        talk.hears("35=AE|34=2")
        message = talk.last(Taken).message
        said = talk._said(talk.session.refuse(message, "no", 3, talk.now_us))
        assert said == (["35=j|34=2|45=2|58=no|372=AE|380=3"] if answer else [])


def test_the_peer_rejects() -> None:
    """Its Reject is told and not answered."""
    talk = up()

    assert talk.hears("35=3|34=2|45=1|58=why") == []
    assert talk.last(PeerRejected).message.get(b"58") == b"why"


def test_numbers_of_ours_are_reserved() -> None:
    """A block before the last is used up; without one nothing is sent, and nothing is kept."""
    talk = Talk(start=Start(Expected(3, 1), NOW, 390, 1001), commits=False)
    talk.session.committed(Expected(3, 1), NOW)
    talk.logs_on()
    tests = [f"35=1|34={number}|112=T" for number in range(2, 700)]
    events = talk.session.receive(b"".join(map(talk.message, tests)), NOW)

    assert [each for each in events if isinstance(each, NumbersNeeded)] == [NumbersNeeded(3, 2001)]
    assert talk.session.number == 1001
    talk.session.reserve(2, 5001)
    assert talk.hears("35=1|34=700|112=T") == []
    talk.session.reserve(3, 2001)
    assert talk.hears("35=1|34=701|112=T") == ["35=0|34=1001|112=T"]


def test_a_flood_of_heartbeats() -> None:
    """Leaves nothing behind but a number."""
    talk = up()
    for first in range(2, 20_002, 1000):
        talk.hears(*(f"35=0|34={number}" for number in range(first, first + 1000)))
        talk.events.clear()

    assert talk.session.expected == Expected(0, 20_002)
    assert len(talk.session._inbox) == 0


def test_header_fields_anywhere_and_bytes_of_any_kind() -> None:
    """Only 8, 9, 35 and 10 have places; a text may be Latin-1, and a data field may hold a whole message."""
    talk = up()
    inner = talk.message(order(99))
    raw = b"35=n\x0149=DESK\x0156=SPREAD\x01212=%d\x01213=%b\x0134=3\x0152=%b\x01" % (
        len(inner),
        inner,
        STAMP.encode(),
    )
    front = b"8=FIX.4.4\x019=%d\x01%b" % (len(raw), raw)

    assert talk.hears(f"35=D|{ORDER}|58=\xe9t\xe9|34=2") == []
    assert talk.hears_bytes(front + b"10=%03d\x01" % (sum(front) % 256)) == []
    assert talk.taken() == ["2", "3"]


def test_messages_of_ones_own() -> None:
    """They have the next number, and leave only while the session is up."""
    talk = up()
    body = [(b"262", b"1"), (b"263", b"1")]

    assert talk._said(talk.session.send(b"V", body, NOW)) == ["35=V|34=2|262=1|263=1"]
    talk.leaves()
    assert talk._said(talk.session.send(b"V", body, NOW)) == []
