"""What FIX sessions have taken as a batch: numbers, positions and names of orders, and which are late."""

from typing import Any, cast

import pytest

from market_spread.order import BUY, Order
from services.orders.alerts.log import arguments_of
from services.orders.fix.orders import decode
from services.orders.fix.reader import OrderReader
from services.orders.model.alert import RaisedAlert
from services.orders.model.finding import Finding
from shared.base.source import Origin, Source
from shared.market.limits.met import JudgedOrder
from shared.service.fix.batch import FixBatch, FixPart, Item
from shared.service.fix.reading import next_part
from shared.service.fix.sender import SessionSender
from shared.wire.fix.orders import FixDetails
from shared.wire.fix.refused import Refused
from shared.wire.fix.session.events import Moved, Taken
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.link import Start
from shared.wire.fix.session.session import Session
from shared.wire.symbol_table import SymbolTable
from tests.support import fix
from tests.support.fix_session import NOW, SECOND, acceptor

LIST = "66=L|73=3|11=L-1|55=BTU|54=1|11=L-2|55=BTU|54=1|11=L-3|55=BTU"


class Connection:
    """Says nothing."""

    number = 1
    peer = "a peer"


def sender(**settings: Any) -> SessionSender:
    """Of a session that has begun again twice."""
    session = Session(acceptor(**settings), Start(Expected(2, 5), NOW, 1, 1001), NOW)
    source = Source("position", "owner", "2/5", name="fix:desk-a")
    reader = OrderReader(session.settings)
    return SessionSender(cast(Any, Connection()), session, source, reader, cast(Any, None), lambda: NOW)


def taken(number: int, kind: str, fields: str, header: str = fix.HEADER) -> Taken:
    """A message that a session has taken."""
    return Taken(fix.order(fields, kind=kind, header=header), Expected(2, number + 1))


def part_of(desk: SessionSender, *events: Taken | Moved, first: int = 0) -> FixPart:
    """What comes of events."""
    desk.heed(list(events))
    part = next_part(desk, first, SymbolTable(9))
    assert part is not None
    return part


def test_a_part_knows_where_the_source_stands_between_its_orders() -> None:
    """Heartbeats and gap fills move it, too; within a list it stands still, and behind it all counts."""
    part = part_of(
        sender(),
        taken(5, "D", fix.ORDER),
        Moved(Expected(2, 7)),
        taken(7, "E", LIST),
        taken(8, "F", "11=C"),
        taken(12, "G", fix.ORDER),
        Moved(Expected(2, 20)),
        first=100,
    )
    assert part.messages == 5
    assert [part.position_after(number) for number in range(100, 106)] == [
        "2/5", "2/7", "2/7", "2/7", "2/12", "2/20",
    ]  # fmt: skip
    assert [part.sequence(number) for number in range(100, 105)] == [
        b"2/5", b"2/7/1", b"2/7/2", b"2/7/3", b"2/12",
    ]  # fmt: skip
    assert part.place_of(100) == "MsgSeqNum 5"
    assert part.place_of(103) == "MsgSeqNum 7, entry 3 of its group"


def test_nothing_but_heartbeats_is_a_part_without_orders() -> None:
    """It moves the position; a session that has taken nothing has no part at all."""
    desk = sender()
    part = part_of(desk, Moved(Expected(2, 6)))
    assert (part.messages, part.position_after(0)) == (0, "2/6")
    assert next_part(desk, 0, SymbolTable(9)) is None


def test_a_batch_is_decoded_with_each_sessions_own_symbols() -> None:
    """A session's map renames its own symbols alone; what is refused and what has no room has its number."""
    parts = [
        part_of(sender(name="a"), taken(5, "E", LIST)),
        part_of(sender(name="b"), taken(5, "D", fix.ORDER), taken(6, "D", "11=x|55=NEW|54=1"), first=3),
    ]
    symbols = SymbolTable(2)
    orders, rejects = decode({"a": {b"BTU": b"OURS"}}, FixBatch(parts), symbols)
    assert symbols.names == [b"OURS", b"BTU"]
    assert orders.symbols() == [0, 1]
    found = [(each.frame, each.reason) for each in rejects.first(9)]
    assert found == [(2, "side"), (4, "too_many_symbols")]
    assert rejects.counts() == {"side": 1, "too_many_symbols": 1}


MARKET = Finding(10.0, 10.1, b"t", 7, b"spread", NOW)
CALM = MARKET._replace(reason=b"")


@pytest.mark.parametrize(
    ("header", "late_ms", "reason"),
    [
        ("34=7|49=DESK|52={0}|56=SPREAD", None, b"spread"),
        ("34=7|49=DESK|52={0}|56=SPREAD", 5000, b"spread"),
        ("34=7|49=DESK|52={5}|56=SPREAD", 5000, b"spread"),
        ("34=7|49=DESK|52={6}|56=SPREAD", 5000, b"late"),
        ("34=7|43=Y|49=DESK|52={0}|56=SPREAD|122={6}", 5000, b"late"),
        ("34=7|43=Y|49=DESK|52={6}|56=SPREAD|122={0}", 5000, b"spread"),
        ("34=7|49=DESK|52={0}|56=SPREAD|122={6}", 5000, b"late"),
        ("34=7|43=Y|49=DESK|52={0}|56=SPREAD", 5000, b"late"),
        ("34=7|43=Y|49=DESK|52={0}|56=SPREAD|122=soon", 5000, b"late"),
        ("34=7|49=DESK|52={0}|56=SPREAD|122=soon", 5000, b"spread"),
    ],
)
def test_what_is_late(header: str, late_ms: int | None, reason: bytes) -> None:
    """By 122, else by 52 where it is no copy; a copy that does not say when it was sent first is late."""
    times = [f"20260105-14:{29 if ago else 30}:{(60 - ago) % 60:02}" for ago in range(7)]
    message = taken(5, "D", fix.ORDER, header.format(*times))
    part = part_of(sender(late_ms=late_ms), message)
    orders, _ = decode({}, FixBatch([part]), SymbolTable(9))
    assert orders.may_be_late == (late_ms is not None)
    assert [each.finding.reason for each in orders.on({0: MARKET})] == [reason]
    assert [each.finding.reason for each in orders.on({0: CALM})] == ([b"late"] if reason == b"late" else [])
    assert orders.on({}) == []
    assert orders.judged(0)[1].is_late(NOW) == (reason == b"late")


def test_reports_about_other_things_are_no_strangers() -> None:
    """Of a session for reports each 35=8 is ours, though only new and replaced orders are judged."""
    desk = sender(carries="reports")
    fill = taken(5, "8", f"{fix.ORDER}|37=B|17=E|150=F|39=2")
    assert desk.reader.read(fill.message) == []
    assert desk.reader.read(taken(5, "D", fix.ORDER).message) is None


def test_the_words_of_alerts_by_fix() -> None:
    """All details follow the order, absent ones empty; alerts without details have none of them."""
    details = FixDetails(b"F-0", b"", b"", b"D", b"", b"2", None, 5.0, b"", b"", b"", b"t", b"")
    order = Order(BUY, b"A", b"F-1", b"BTU", 100.0, None, b"t")
    origins = [Origin(0, "fix:desk-a", lambda number: b"2/%d" % number)]
    market = (b"BTU", 10.0, 10.1, b"t", b"spread", NOW, 7, "fix:desk-a", 17)
    words = [b"F-1", b"A", b"buy", 100.0, b"", b"t", b"2/3", 9]
    assert arguments_of(origins, [RaisedAlert(3, order, MARKET, details)]) == [
        18, 21, *market, *words, b"F-0", b"", b"", b"D", b"", b"2", b"", 5.0, b"", b"", b"", b"t", b"",
    ]  # fmt: skip
    assert arguments_of(origins, [RaisedAlert(3, order, MARKET)]) == [18, 8, *market, *words]


def test_what_limits_judge_of_an_order_by_fix() -> None:
    """Stop price, money and time as they are there; a market order has no price, whatever its field says."""
    part = part_of(
        sender(late_ms=5000),
        taken(5, "D", "11=a|1=DESK|55=BTU|54=2|40=1|44=9|38=5|99=9.5"),
        taken(6, "D", "11=b|55=BTU|54=1|40=2|44=9|152=1000"),
    )
    orders, _ = decode({}, FixBatch([part]), SymbolTable(9))
    sent_us = NOW + 123_000
    assert [orders.judged(place) for place in range(len(orders))] == [
        (0, JudgedOrder("BTU", "DESK", 2, 5.0, None, 9.5, True, None, sent_us, 5000)),
        (0, JudgedOrder("BTU", "", BUY, None, 9.0, None, False, 1000.0, sent_us, 5000)),
    ]
    alert = orders.alert(1, MARKET)
    assert (alert.frame, alert.order.order_id, alert.finding) == (1, b"b", MARKET)
    assert alert.details is not None
    assert alert.details.cash_quantity == 1000.0


def test_a_session_is_answered_once_its_refusals_are_committed() -> None:
    """35=j waits for the commit of its message; a session that has not agreed to answers gives none."""
    for answer, said in ((True, [6, 7]), (False, [])):
        desk = Talking(answer=answer)
        desk.hears("35=D|34=6|11=A|54=1", "35=Z|34=7", "35=D|34=8|11=B|55=BTU|54=2")
        part = next_part(desk.sender, 0, SymbolTable(9))
        assert part is not None
        assert [isinstance(item, Item) and isinstance(item.content, Refused) for item in part.items] == [
            True,
            False,
        ]
        desk.sender.acknowledge("2/6")
        assert desk.refused() == []
        desk.sender.acknowledge("2/7")
        assert desk.refused() == said[:1]
        desk.sender.acknowledge("2/9")
        assert desk.refused() == said


class Talking:
    """A session that is up, as the sender of its orders, with what it says."""

    def __init__(self, **settings: Any) -> None:
        self.said = b""
        self.number, self.peer = 1, "a peer"
        session = Session(acceptor(**settings), Start(Expected(2, 5), NOW, 1, 1001), NOW)
        source = Source("position", "owner", "2/5", name="fix:desk-a")
        reader = OrderReader(session.settings)
        now_us = NOW + SECOND
        self.sender = SessionSender(cast(Any, self), session, source, reader, cast(Any, self), lambda: now_us)
        self.hears("35=A|34=5|98=0|108=30")

    def hears(self, *messages: str) -> None:
        """The peer sends messages together."""
        header = "49=DESK|52=20260105-14:30:01|56=SPREAD"
        parts = [each.split("|", 2) for each in messages]
        data = b"".join(fix.message("|".join([kind, number, header, *body])) for kind, number, *body in parts)
        self.sender.receive(data, 0)

    def refused(self) -> list[int]:
        """The numbers of the messages that were answered by 35=j."""
        return [int(each.split(b"\x01")[0]) for each in self.said.split(b"\x0145=")[1:]]

    def send(self, data: bytes) -> None:
        """See `FixConnection`."""
        self.said += data

    def flush(self) -> bool:
        """See `FixConnection`."""
        return True

    def note(self, event: Any) -> None:
        """See `Journal`."""


def test_a_sender_knows_what_is_before_its_position() -> None:
    """Resets count before numbers; what is no position of a session is before nothing."""
    desk = sender()
    assert [desk.is_before(each) for each in ("2/4", "1/9", "2/5", "3/1", "7", "")] == [
        True,
        True,
        *[False] * 4,
    ]
