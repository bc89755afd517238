"""FIX sessions: what is due for a message by its number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.wire.fix.message import Message
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.numbering import Due, Judgement, judge
from tests.support import fix

AT_5 = Expected(2, 5)
EARLIER, SENT, LATER = "20260105-14:29:59", "20260105-14:30:00", "20260105-14:30:01"
LOW = "MsgSeqNum too low, expecting 5 but received 3"
RANGE = "Value is incorrect (out of range) for this tag"


def due(fields: str, expected: Expected = AT_5) -> Judgement:
    """What is due for a message with these fields."""
    return judge(Message(fix.message(f"{fields}|52={SENT}")), expected)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("35=D|34=5", Judgement(Due.TAKE, AT_5.at(6))),
        ("35=D|34=05", Judgement(Due.TAKE, AT_5.at(6))),
        ("35=D|34=6", Judgement(Due.ASK, AT_5)),
        ("35=5|34=9", Judgement(Due.ASK, AT_5)),
        ("35=D|34=3", Judgement(Due.LOG_OUT, AT_5, LOW)),
        ("35=D|34=3|43=N", Judgement(Due.LOG_OUT, AT_5, LOW)),
        ("35=D", Judgement(Due.LOG_OUT, AT_5, "Required tag missing: MsgSeqNum (34)")),
        ("35=D|34=-5", Judgement(Due.LOG_OUT, AT_5, "Required tag missing: MsgSeqNum (34)")),
        (f"35=D|34=3|43=Y|122={EARLIER}", Judgement(Due.SKIP, AT_5)),
        (f"35=D|34=3|43=Y|122={SENT}", Judgement(Due.SKIP, AT_5)),
        (f"35=D|34=5|43=Y|122={EARLIER}", Judgement(Due.TAKE, AT_5.at(6))),
        ("35=D|34=5|43=Y|122=then", Judgement(Due.TAKE, AT_5.at(6))),
        ("35=D|34=3|43=Y", Judgement(Due.REJECT, AT_5, "Required tag missing", 1, 122)),
        ("35=D|34=5|43=Y", Judgement(Due.TAKE, AT_5.at(6))),
        (f"35=D|34=5|43=Y|122={LATER}", Judgement(Due.TAKE, AT_5.at(6))),
        (
            f"35=D|34=3|43=Y|122={LATER}",
            Judgement(Due.REJECT_AND_LOG_OUT, AT_5, "SendingTime accuracy problem", 10),
        ),
    ],
)
def test_messages(fields: str, expected: Judgement) -> None:
    """In turn, too high, too low, copies of what was sent before, and copies that contradict themselves."""
    assert due(fields) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("34=5|123=Y|36=20", Judgement(Due.SKIP, AT_5.at(20))),
        ("34=5|123=Y|36=6", Judgement(Due.SKIP, AT_5.at(6))),
        ("34=5|123=Y|36=5", Judgement(Due.REJECT, AT_5.at(6), RANGE, 5)),
        ("34=5|123=Y", Judgement(Due.REJECT, AT_5.at(6), "Required tag missing", 1, 36)),
        ("34=9|123=Y|36=20", Judgement(Due.ASK, AT_5)),
        (f"34=3|123=Y|36=20|43=Y|122={EARLIER}", Judgement(Due.SKIP, AT_5)),
        ("34=3|123=Y|36=20", Judgement(Due.LOG_OUT, AT_5, LOW)),
    ],
)
def test_gap_fills(fields: str, expected: Judgement) -> None:
    """In turn one moves the number as far as it says; an old copy does nothing, another old one ends it."""
    assert due(f"35=4|{fields}") == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("34=0|36=25", Judgement(Due.SKIP, AT_5.at(25))),
        ("34=99|36=25|123=N", Judgement(Due.SKIP, AT_5.at(25))),
        ("36=5", Judgement(Due.SKIP, AT_5)),
        ("34=0|36=4", Judgement(Due.REJECT, AT_5, RANGE, 5)),
        ("34=5|36=x", Judgement(Due.REJECT, AT_5, "Required tag missing", 1, 36)),
    ],
)
def test_resets(fields: str, expected: Judgement) -> None:
    """SequenceReset without a gap fill counts whatever its own number is, and never goes back."""
    assert due(f"35=4|{fields}") == expected


NUMBERS = st.integers(0, 12)
MESSAGES = st.one_of(
    st.builds("35=D|34={}".format, NUMBERS),
    st.builds(f"35=D|34={{}}|43=Y|122={EARLIER}".format, NUMBERS),
    st.builds("35=4|34={}|123=Y|36={}".format, NUMBERS, NUMBERS),
    st.builds("35=4|34={}|36={}".format, NUMBERS, NUMBERS),
)


@given(st.lists(MESSAGES, max_size=30))
def test_no_number_is_taken_twice_and_none_goes_back(messages: list[str]) -> None:
    """Whatever a peer sends: the number only grows, and each that is taken was the expected one."""
    expected, taken = Expected(0, 1), []
    for fields in messages:
        message = Message(fix.message(f"{fields}|52={SENT}"))
        judged = judge(message, expected)
        if judged.due is Due.TAKE:
            taken.append(int(message.get(b"34")))
            assert taken[-1] == expected.number
        assert judged.expected.resets == 0
        assert judged.expected.number >= expected.number
        expected = judged.expected
    assert taken == sorted(set(taken))


@given(st.integers(0, 2**63), st.integers(1, 2**63))
def test_positions_come_back_as_they_were_written(resets: int, number: int) -> None:
    """`<resets>/<next expected>`, and what a reset makes of it."""
    expected = Expected(resets, number)

    assert Expected.parse(str(expected).encode()) == expected
    assert str(expected.begun_again()) == f"{resets + 1}/1"


@pytest.mark.parametrize("text", [b"", b"5", b"1/", b"/5", b"1/0", b"a/5", b"1/5/2", b"-1/5", b"1/ 5"])
def test_what_is_no_position(text: bytes) -> None:
    """Numbers are digits, and the first is 1."""
    assert Expected.parse(text) is None
