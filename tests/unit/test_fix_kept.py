"""FIX sessions that keep what they send: it is sent again when the peer asks for it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from services.cli.counterparties.message_store import MessageStore
from shared.wire.fix.session.events import Acknowledged, Ended, Ending, Send
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.kept import KeptMessage
from shared.wire.fix.session.link import Start
from shared.wire.fix.timestamp import format_timestamp
from tests.support.fix_session import NOW, SECOND, Talk, acceptor

DESK = acceptor(role="initiator", ours=b"DESK", theirs=b"SPREAD")
FIRST = format_timestamp(NOW).decode()
COPIED = f"43=Y|122={FIRST}"
LATER = format_timestamp(NOW + 3 * SECOND).decode()
FILLED = f"43=Y|122={LATER}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MessageStore]:
    """An empty store."""
    with closing(MessageStore(tmp_path)) as made:
        yield made


def desk(store: MessageStore, answer: str = "35=A|34=1|98=0|108=30") -> Talk:
    """A desk that has logged on."""
    talk = Talk(DESK, Start(Expected(0, 1), 0, store.next_number, 1 << 62), kept=store)
    logon = f"35=A|34={store.next_number}|369=0|98=0|108=30"
    assert talk.starts() == [logon]
    talk.hears(answer)
    return talk


def busy(store: MessageStore) -> Talk:
    """One that has sent a Logon, two orders, a Heartbeat, and an order; three seconds ago."""
    talk = desk(store)
    assert talk.says("D", "11=a|55=BTU|54=1") == ["35=D|34=2|369=1|11=a|55=BTU|54=1"]
    talk.says("D", "11=b|55=BTU|54=2")
    talk.says("0", "112=T")
    talk.says("D", "11=c|55=BTU|54=1")
    talk.now_us += 3 * SECOND
    return talk


@pytest.mark.parametrize(
    ("first", "last", "sent"),
    [
        (1, 0, ["4 1-2", "a", "b", "4 4-5", "c"]),
        (2, 0, ["a", "b", "4 4-5", "c"]),
        (3, 3, ["b"]),
        (4, 4, ["4 4-5"]),
        (3, 99, ["b", "4 4-5", "c"]),
        (5, 5, ["c"]),
    ],
)
def test_orders_are_sent_again(store: MessageStore, first: int, last: int, sent: list[str]) -> None:
    """Each with its number, saying that it is a copy and when it was sent first; gap fills for all else."""
    talk = busy(store)
    orders = {
        "a": f"35=D|34=2|{COPIED}|369=1|11=a|55=BTU|54=1",
        "b": f"35=D|34=3|{COPIED}|369=1|11=b|55=BTU|54=2",
        "c": f"35=D|34=5|{COPIED}|369=1|11=c|55=BTU|54=1",
        "4 1-2": f"35=4|34=1|{FILLED}|36=2|123=Y",
        "4 4-5": f"35=4|34=4|{FILLED}|36=5|123=Y",
    }

    assert talk.hears(f"35=2|34=2|7={first}|16={last}") == [orders[each] for each in sent]
    assert talk.says("D", "11=d") == ["35=D|34=6|369=2|11=d"]


def test_a_copy_is_sent_now(store: MessageStore) -> None:
    """SendingTime (52) of a copy is that of the copy."""
    talk = busy(store)
    events = talk.session.receive(talk.message("35=2|34=2|7=2|16=2"), talk.now_us)

    (raw,) = [each.data for each in events if isinstance(each, Send)]
    assert f"\x0152={LATER}\x0143=Y\x01122={FIRST}\x01".encode() in raw


def test_what_is_not_kept_any_more(store: MessageStore) -> None:
    """It is never passed over: the session ends, because an order would be lost."""
    talk = busy(store)
    store.acknowledged(3)
    text = "MsgSeqNum 3 was acknowledged before, and is not kept any more"

    assert talk.hears("35=2|34=2|7=3|16=0") == [f"35=5|34=6|369=1|58={text}"]
    talk.hears("35=5|34=3")
    assert talk.last(Ended) == Ended(Ending.REFUSED, text)


def test_the_next_connection_says_what_it_lacks(store: MessageStore) -> None:
    """NextExpectedMsgSeqNum (789) of the peer's Logon is answered by the orders from there on."""
    busy(store)
    talk = Talk(DESK, Start(Expected(0, 2), 0, store.next_number, 1 << 62), kept=store)
    talk.starts()

    assert talk.hears("35=A|34=2|98=0|108=30|789=5") == [
        f"35=D|34=5|{COPIED}|369=1|11=c|55=BTU|54=1",
        f"35=4|34=6|43=Y|122={FIRST}|36=7|123=Y",
    ]
    assert talk.session.is_up


def test_what_has_taken_effect(store: MessageStore) -> None:
    """The peer's administrative messages say it, its Logout too; one without a number says nothing."""
    talk = busy(store)
    talk.hears("35=0|34=2|369=3")
    assert talk.last(Acknowledged) == Acknowledged(3)
    talk.hears("35=0|34=3|369=many")
    assert talk.last(Acknowledged) == Acknowledged(0)
    talk.events.clear()
    talk.leaves()
    talk.hears("35=5|34=4|369=6")

    assert [each for each in talk.events if isinstance(each, Acknowledged | Ended)] == [
        Acknowledged(6),
        Ended(Ending.LOGGED_OUT, ""),
    ]


def test_all_messages_are_kept(store: MessageStore) -> None:
    """With their numbers, those of the session too, in the order in which they were sent."""
    busy(store)
    numbers = [each.number for each in store.between(1, 99)]

    assert numbers == [1, 2, 3, 4, 5]
    assert [KeptMessage(2, each.raw) for each in store.between(2, 3)] == list(store.between(2, 3))
