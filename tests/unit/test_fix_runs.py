"""FIX messages taken as a run, by columns: the same as one by one, whatever comes between them and is cut."""

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.orders.feed.account_profiles import AccountProfiles
from services.orders.fix.orders import decode
from services.orders.fix.reader import OrderReader
from services.orders.model.finding import Finding
from shared.base.source import Source
from shared.service.fix.batch import FixBatch, FixPart, ItemRun
from shared.service.fix.reading import next_part
from shared.service.fix.sender import SessionSender
from shared.wire.fix.columns.scan import scan
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.message import Message
from shared.wire.fix.session import conversation
from shared.wire.fix.session import session as session_module
from shared.wire.fix.session.events import Event, TakenRun
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.inbound.header_columns import HeaderColumns
from shared.wire.fix.session.link import Start
from shared.wire.fix.session.session import Session
from shared.wire.symbol_table import SymbolTable
from tests.support import fix
from tests.support.fix_session import NOW, SECOND, acceptor

HEADER = "34={n}|49=DESK|52=20260105-14:30:00.{n:03}|56=SPREAD"
OTHER_HEADER = "49=DESK|56=SPREAD|34={n}|52=20260105-14:30:00.{n:06}"
ORDER = "11=O{n}|1=ACC|55=S{n}|54=1|38=100|40=2|44=10.25|60=20260105-14:29:59"
LIST = "66=L|73=2|11=L1|55=BTU|54=1|38=5|11=L2|55=BTU|54=2"
USUAL = [
    f"35=D|{HEADER}|{ORDER}",
    f"35=D|{OTHER_HEADER}|{ORDER}|99=9",
    f"35=G|{HEADER}|{ORDER}".replace("40=2", "40=1"),
]
OTHERS = [
    f"35=0|{HEADER}",
    f"35=1|{HEADER}|112=T",
    f"35=1|{HEADER}",
    f"35=2|{HEADER}|7=1|16=0",
    f"35=4|{HEADER}|123=Y|36={{m}}",
    f"35=4|{HEADER}|36={{m}}",
    f"35=F|{HEADER}|11=C",
    f"35=AE|{HEADER}|11=C",
    f"35=E|{HEADER}|{LIST}",
    f"35=D|{HEADER}|11=N|55=BTU",
    f"35=D|{HEADER}|11=N|55=BTU|54=1|44=1e5",
    f"35=D|{HEADER}|11=N|55=A B|54=1|38=x",
    f"35=D|{HEADER}|11=N|55=BTU|54=1|noise",
    f"35=D|{HEADER}|11=N|55=BTU|54=1|95=4|96=a=10",
    f"35=D|{HEADER}|369=7|{ORDER}",
    f"35=D|{HEADER}|43=Y|122=20260105-14:29:00|{ORDER}",
    f"35=D|49=DESK|34={{n}}|52=20260105-14:30:00|56=SPREAD|{ORDER}",
    f"35=D|34={{n}}|49=DESK|52=20260105-14:30:00|56=SPREAD|{ORDER}",
    f"35=D|34={{n}}|49=DESK|52=20260105-14:30:01.{{n}}|56=SPREAD|{ORDER}",
    f"35=D|34={{n}}|49=DESK|52=soon|56=SPREAD|{ORDER}",
    f"35=D|34={{n}}|49=DESK|52=20260105-14:30:00.1x|56=SPREAD|{ORDER}",
    f"35=D|34=00{{n}}|49=DESK|52=20260105-14:30:00.1|56=SPREAD|{ORDER}",
    f"35=D|34={{n}}|49=DESK|56=SPREAD|{ORDER}",
    "35=D|34={n}",
]
FATAL = [
    f"35=D|34={{n}}|49=DESK|52=20260105-14:30:00|56=OTHER|{ORDER}",
    f"35=D|34={{n}}|49=DESKS|52=20260105-14:30:00|56=SPREAD|{ORDER}",
    f"35=D|34={{n}}|49=DESK|52=20260105-16:30:00.1|56=SPREAD|{ORDER}",
    f"35=5|{HEADER}|58=bye",
]


GARBAGE = [b"noise", b"8=FIX.4.4\x019=5\x0135=D\x01", fix.order("55=X")[:-4] + b"999\x01"]


class Step(NamedTuple):
    """A message that the peer sends."""

    text: str
    ahead: int = 0
    """How far its number is from the one whose turn it is."""
    repeated: int = 1
    garbage: bytes = b""
    """What comes before it."""


STEPS = st.builds(
    Step,
    st.one_of(st.sampled_from(USUAL), st.sampled_from(OTHERS), st.sampled_from(USUAL + OTHERS + FATAL)),
    st.sampled_from([0] * 12 + [1, -1]),
    st.sampled_from((1, 3, 12)),
    st.sampled_from(
        [b""] * 20 + [b"noise", b"8=FIX.4.4\x019=5\x0135=D\x01", fix.order("55=X")[:-4] + b"999\x01"]
    ),
)
SETTINGS = [
    acceptor(),
    acceptor(answer=True),
    acceptor(resends=False, symbol="48"),
    acceptor(late_ms=5000),
    acceptor(carries="reports"),
]


def sent(steps: list[Step]) -> bytes:
    """What the peer sends, behind its Logon with the number 1."""
    number, parts = 2, []
    for text, ahead, repeated, garbage in steps:
        for _ in range(repeated):
            moved = number + ahead
            parts.append(garbage + fix.message(text.format(n=moved, m=moved + 3)))
            number += 1
            if text.startswith("35=4"):
                number = moved + 3
    return b"".join(parts)


class Peer:
    """A session as the sender of its orders, and all that comes of what it hears."""

    number = 1
    peer = "a peer"

    def __init__(self, settings: SessionSettings) -> None:
        self.said: list[bytes] = []
        self.noted: list[tuple[Any, ...]] = []
        session = Session(settings, Start(Expected(0, 1), NOW, 1, 1001), NOW)
        source = Source("position", "owner", "0/1", name="fix:desk-a")
        self.now_us = NOW
        self.sender = SessionSender(
            cast(Any, self), session, source, OrderReader(settings), cast(Any, self), lambda: self.now_us
        )
        self.symbols = SymbolTable(1000)
        self.runs = 0
        logon = fix.message("35=A|34=1|49=DESK|52=20260105-14:30:00|56=SPREAD|98=0|108=30")
        self.hears(logon)

    def hears(self, data: bytes) -> tuple[Any, ...]:
        """What comes of a read, once it is committed: all that anyone outside can see."""
        self.now_us += SECOND // 10
        self.sender.receive(data, 0)
        self.runs += sum(isinstance(each, TakenRun) for each in self.sender.taken)
        part = next_part(self.sender, 5, self.symbols)
        found = None if part is None else self._effects(part)
        if part is not None:
            for number in range(part.first, part.first + part.messages + 1):
                self.sender.acknowledge(part.position_after(number))
        needed, self.sender.numbers_needed = self.sender.numbers_needed, None
        if needed is not None:
            self.sender.session.reserve(needed.resets, needed.reserved)
        session = self.sender.session
        return (
            found,
            self.said[:],
            self.noted[:],
            session.expected,
            session.deadline_us(),
            self.sender.ended,
        )

    def _effects(self, part: FixPart) -> tuple[Any, ...]:
        """Orders with their places, numbers and columns, and what is refused."""
        orders, rejects = decode({}, FixBatch([part]), self.symbols)
        named = dict(enumerate(self.symbols.names))
        finding = Finding(1.0, 2.0, b"t", 7, b"spread", NOW)
        findings = dict.fromkeys(orders.symbols(), finding)
        odd = {number: each for number, each in findings.items() if named[number][-1] % 2}
        numbers = range(part.first, part.first + part.messages)
        frames = [orders.alert(place, finding).frame for place in range(len(orders))]
        columns = orders.columns(AccountProfiles(cast(Any, NoProfiles())))
        rows = sorted(zip(frames, *(np.nan_to_num(each, nan=-1).tolist() for each in columns), strict=True))
        return (
            sorted(named[number] for number in orders.symbols()),
            orders.on(findings),
            orders.on(odd),
            sorted((frame, orders.judged(place)[1]) for place, frame in enumerate(frames)),
            [(row[0], named[row[1]], *row[2:]) for row in rows],
            list(rejects.first(10_000)),
            [(part.position_after(each), part.sequence(each), part.place_of(each)) for each in numbers],
            part.position_after(part.first + part.messages),
        )

    def send(self, data: bytes) -> None:
        """See `FixConnection`."""
        self.said.append(data)

    def flush(self) -> bool:
        """See `FixConnection`."""
        return True

    def note(self, event: Event) -> None:
        """See `Journal`."""
        fields = cast(tuple[Any, ...], event)
        self.noted.append(
            (type(event), *(each.raw if isinstance(each, Message) else each for each in fields))
        )


class NoProfiles:
    """See `Judge`: of each account the length of its name is its profile."""

    def profile_of(self, account: str) -> int:
        """See `Judge`."""
        return len(account)


def both_ways(settings: SessionSettings, reads: list[bytes]) -> Peer:
    """What comes of reads by columns is what comes of them message by message; the peer of the columns."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session_module, "LEAST_SCANNED", 1 << 60)
        plain = Peer(settings)
        expected = [plain.hears(each) for each in reads]
        assert not plain.runs
        patch.setattr(session_module, "LEAST_SCANNED", 1)
        patch.setattr(conversation, "SHORTEST_RUN", 2)
        peer = Peer(settings)
        for read, outcome in zip(reads, expected, strict=True):
            assert peer.hears(read) == outcome
    return peer


def cut(data: bytes, places: list[int]) -> Iterator[bytes]:
    """What is sent, as it is read."""
    ends = [*sorted(place % (len(data) + 1) for place in places), len(data)]
    for start, end in zip([0, *ends], ends, strict=False):
        yield data[start:end]


@pytest.mark.slow
@given(st.sampled_from(SETTINGS), st.lists(STEPS, max_size=12), st.lists(st.integers(0, 20_000), max_size=3))
@example(SETTINGS[0], [Step(USUAL[0], 0, 12), Step(OTHERS[0]), Step(USUAL[1], 0, 12)], [])
@example(SETTINGS[0], [Step(USUAL[0], 0, 12), Step(USUAL[0], 1), Step(USUAL[1], 0, 3)], [700])
@example(SETTINGS[1], [Step(USUAL[0], 0, 3), Step(OTHERS[9]), Step(OTHERS[6]), Step(USUAL[1], 0, 3)], [])
@example(SETTINGS[0], [Step(USUAL[0], 0, 3), Step(OTHERS[14]), Step(OTHERS[0]), Step(USUAL[0], 0, 3)], [])
def test_runs_and_single_messages_come_to_the_same(
    settings: SessionSettings, steps: list[Step], places: list[int]
) -> None:
    """Orders, alerts, refusals, positions, answers, log and deadlines are equal after each read."""
    both_ways(settings, list(cut(sent(steps), places)))


@pytest.mark.parametrize("text", [*OTHERS, *FATAL])
@pytest.mark.parametrize("settings", SETTINGS)
def test_each_kind_of_message_between_two_runs(settings: SessionSettings, text: str) -> None:
    """Whatever comes between usual orders, all of it in one read."""
    steps = [Step(USUAL[0], 0, 4), Step(text, 0, 2), Step(USUAL[1], 0, 4)]
    assert both_ways(settings, [sent(steps)]).runs
    assert both_ways(settings, [sent([*steps, Step(text, 1)])]).runs


def test_usual_orders_are_one_run() -> None:
    """In either order of the header's fields; with a heartbeat in between two. They are read as columns."""
    for text in USUAL:
        assert both_ways(acceptor(), [sent([Step(text, 0, 50)])]).runs == 1
    assert (
        both_ways(acceptor(), [sent([Step(USUAL[0], 0, 9), Step(OTHERS[0]), Step(USUAL[0], 0, 9)])]).runs == 2
    )

    peer = Peer(acceptor())
    peer.sender.receive(sent([Step(USUAL[0], 0, 100)]), 0)
    part = next_part(peer.sender, 0, peer.symbols)
    assert part is not None
    assert [(type(each), each.stop - each.start) for each in part.items if isinstance(each, ItemRun)] == [
        (ItemRun, 100)
    ]


def test_a_connection_flows_while_it_is_read_by_columns() -> None:
    """More is read of it in a turn only after a read in which hardly any message had to be read by itself."""
    peer: Any = Peer(acceptor())
    flowed = []
    number = 2
    for text in (USUAL[0], USUAL[0], OTHERS[10], OTHERS[10], USUAL[0], USUAL[0]):
        rows = [fix.message(text.format(n=each)) for each in range(number, number + 100)]
        number += 100
        peer.hears(b"".join(rows))
        flowed.append(peer.is_flowing)
    assert flowed == [False, True, True, False, False, True]


@pytest.mark.parametrize("theirs", ["A-DESK-WITH-A-LONG-NAME", "DESK", "DESK-AT-8"])
def test_names_count_to_their_last_byte(theirs: str) -> None:
    """However long they are; one that is shorter, longer or ends in another way is another one."""
    for name in (theirs, theirs[:-1], theirs + "F", theirs[:-1] + "F"):
        texts = [USUAL[0].format(n=number).replace("DESK", name, 1) for number in range(2, 11)]
        found = scan(b"".join(map(fix.message, texts)))
        assert found is not None
        headers = HeaderColumns(found, acceptor(theirs=theirs.encode()))
        assert headers.run_end(0, 2, tells_committed=False) == (9 if name == theirs else 0)
