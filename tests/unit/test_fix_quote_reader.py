"""What a FIX session for quotes is asked for, and what its messages come to, gap by gap."""

from typing import Any, cast

import pytest

from market_spread.quote import Quote
from market_spread.status import Status
from services.market_data.feed.latest import LatestQuotes, LatestStatus
from services.market_data.fix.quote_reader import QuoteReader, Said
from services.market_data.fix.quotes import latest_of_sessions
from services.market_data.fix.subscription import Subscription
from shared.base.source import Source
from shared.service.fix.batch import FixBatch, FixPart, Item
from shared.service.fix.reading import next_part
from shared.service.fix.sender import SessionSender
from shared.wire.fix.books.room import Room
from shared.wire.fix.message import Message, Words
from shared.wire.fix.refused import Refused
from shared.wire.fix.session.events import Event, LoggedOn, Moved, Skipped, Taken
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.link import Start
from shared.wire.fix.session.session import Session
from shared.wire.symbol_table import SymbolTable
from tests.support import fix
from tests.support.fix_mutations import mutated
from tests.support.fix_session import NOW, acceptor

TIME = fix.TIME.encode()
BOOK = "55=BTU|268=2|269=0|270=1|269=1|270=2"
BID = "268=1|279=0|55=BTU|269=0|270=1.5"


def market(fields: str, kind: str = "W") -> Message:
    """A message about the market."""
    return Message(fix.market_data(fields, kind=kind))


def said(subscription: Subscription | QuoteReader) -> list[tuple[str, str, str]]:
    """All requests that are to be sent: ID, type, symbol."""
    found: list[Words] = []
    while (words := subscription.next_words()) is not None:
        found.append(words)
    assert {kind for kind, _ in found} <= {b"V"}
    bodies = [{bytes(tag): bytes(value).decode() for tag, value in body} for _, body in found]
    return [(each[b"262"], each[b"263"], each.get(b"55", "") + each.get(b"65", "")) for each in bodies]


def asking(*symbols: str, **more: Any) -> Subscription:
    """For these symbols."""
    return Subscription(acceptor(role="initiator", carries="quotes", subscribe=symbols, **more))


def test_each_symbol_is_asked_for_once_a_connection() -> None:
    """IDs are never used twice, and each says which symbol it was for; without symbols nothing is said."""
    subscription = asking("A", "B")
    assert said(subscription) == []
    subscription.begin()
    first = said(subscription)
    subscription.begin()
    second = said(subscription)
    assert [each[1:] for each in first] == [each[1:] for each in second] == [("1", "A"), ("1", "B")]
    ids = [each[0].encode() for each in first + second]
    assert len(set(ids)) == 4
    assert [subscription.symbol_of(each) for each in ids] == ["A", "B", "A", "B"]
    assert [subscription.is_over(each) for each in ids] == [True, True, False, False]
    for other in (b"", b"theirs", ids[0][:-1] + b"9", ids[0] + b"x", ids[0].split(b"-")[0] + b"-"):
        assert subscription.symbol_of(other) == ""
    assert [subscription.is_over(each) for each in (b"", b"theirs")] == [False, False]
    subscription.begin()
    subscription.end()
    assert said(subscription) == []
    nothing = asking()
    nothing.begin()
    assert said(nothing) == []


def test_gap_after_gap_gives_up_what_was_asked_for() -> None:
    """Only what was sent is given up, once; what waits is not sent for a round that is over."""
    subscription = asking("A", "B")
    subscription.begin()
    assert subscription.next_words() is not None
    subscription.renew()
    given_up = subscription.next_words()
    assert given_up is not None
    assert (b"263", b"2") in given_up[1]
    assert subscription.next_words() is not None  # A, in the second round
    subscription.renew()
    subscription.renew()
    found = said(subscription)
    assert [each[1:] for each in found] == [("2", "A"), ("1", "A"), ("1", "B")]
    assert [subscription.is_over(each[0].encode()) for each in found] == [True, False, False]


@pytest.mark.parametrize(
    ("place", "symbol", "fields"),
    [
        ("55", "BRK.B", [(b"55", b"BRK.B")]),
        ("48", "4001", [(b"55", b"[N/A]"), (b"48", b"4001"), (b"22", b"8")]),
        ("55+65", "BRK.B", [(b"55", b"BRK"), (b"65", b"B")]),
        ("55+65", "IBM", [(b"55", b"IBM")]),
    ],
)
def test_a_request_as_its_session_has_it(place: Any, symbol: str, fields: list[tuple[bytes, bytes]]) -> None:
    """The symbol where the session has it; fields of the file replace ours, and others follow them."""
    subscription = asking(symbol, symbol=place, request=((b"265", b"0"), (b"266", b"Y")))
    subscription.begin()
    words = subscription.next_words()
    assert words is not None
    kind, body = words
    groups = [(b"267", b"2"), (b"269", b"0"), (b"269", b"1"), (b"146", b"1")]
    head = [(b"263", b"1"), (b"264", b"1"), (b"265", b"0"), (b"266", b"Y")]
    assert (kind, [*map(tuple, body[1:])]) == (b"V", [*head, *groups, *fields])


def reader(**settings: Any) -> QuoteReader:
    """Of a session that has just logged on."""
    usual = {"role": "initiator", "carries": "quotes", "subscribe": ("BTU",)}
    made = QuoteReader(Room(), 9, acceptor(**(usual | settings)))
    made.begin()
    return made


def contents(found: Any) -> list[Any]:
    """Quotes and statuses of what was read."""
    return [each.content if isinstance(each, Said) else each for each in found]


def test_quotes_statuses_and_what_cannot_be_read() -> None:
    """In this order within a message; other messages are none of its."""
    venue = reader(statuses={b"101": 1})
    assert contents(venue.read(market(f"{BOOK}|276=I"))) == [
        Quote(b"BTU", TIME, 1.0, 2.0),
        Status(b"BTU", TIME, 5, None, None),
    ]
    assert contents(venue.read(market("55=BTU|326=101", "f"))) == [Status(b"BTU", TIME, 1, None, None)]
    assert venue.read(market("55=BTU|326=2", "f")) == []
    quote, refused = contents(venue.read(market("268=2|279=0|55=BTU|269=1|270=1.9|279=1|269=0|270=x", "X")))
    assert quote == Quote(b"BTU", TIME, 1.0, 1.9)
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.place) == ("number", 2)
    assert venue.read(market("55=BTU|54=1", "D")) is None


def test_books_are_dropped_where_messages_are_missing(caplog: pytest.LogCaptureFixture) -> None:
    """Once for several gaps with nothing between them; what a former request brings is ignored."""
    venue = reader()
    ((first, *_),) = said(venue)
    venue.missed()
    assert said(venue) == []
    assert contents(venue.read(market(f"262={first}|{BOOK}")))
    venue.missed()
    venue.missed()
    (over, again) = said(venue)
    assert (over[0], over[1], again[1]) == (first, "2", "1")
    assert venue.read(market(f"262={first}|{BOOK}")) == []
    assert contents(venue.read(market(f"262={again[0]}|{BID}", "X"))) == [Quote(b"BTU", TIME, 1.5, None)]
    assert caplog.text.count("messages were missed: its books are dropped") == 1
    venue.begin()
    assert contents(venue.read(market(BID, "X"))) == [Quote(b"BTU", TIME, 1.5, None)]


def test_an_ended_session_has_no_books() -> None:
    """Its entries count no longer for the room of all sessions."""
    room = Room()
    venue = QuoteReader(room, 9, acceptor(carries="quotes"))
    venue.begin()
    venue.read(market(BOOK))
    assert room.used == 2
    venue.end()
    assert room.used == 0


@pytest.mark.parametrize(
    ("kind", "fields", "line"),
    [
        ("Y", "262={}|281=0", "BTU: unknown symbol"),
        ("Y", "262={}|281=3|58=ask\x1b sales", r"BTU: not permitted: ask\x1b sales"),
        ("Y", "262=9|281=Z", "what was asked for: it does not say why"),
        ("j", "372=V|380=3|58=not here", "what was asked for: not here"),
    ],
)
def test_a_refusal_is_said(caplog: pytest.LogCaptureFixture, kind: str, fields: str, line: str) -> None:
    """With the symbol and the venue's reason, as far as it gives them; without end at a low rate."""
    venue = reader()
    ((request, *_),) = said(venue)
    for _ in range(100):
        assert venue.read(market(fields.format(request), kind)) == []
    assert f"FIX session desk-a: the peer refuses market data of {line}" in caplog.messages
    assert len(caplog.messages) < 30


def part_of(name: str, *events: Event, first: int = 0) -> FixPart:
    """What comes of what a session has taken."""
    settings = acceptor(name=name, carries="quotes", resends=False)
    session = Session(settings, Start(Expected(0, 1), NOW, 1, 1001), NOW)
    quiet: Any = type("Quiet", (), {"number": 1, "peer": "a peer", "note": lambda *_: None})()
    source = Source("position", "owner", "0/1", name=f"fix:{name}")
    made = QuoteReader(Room(), 9, settings)
    sender = SessionSender(quiet, session, source, made, cast(Any, quiet), lambda: NOW)
    sender.heed(list(events))
    part = next_part(sender, first, SymbolTable(9))
    assert part is not None
    return part


def taken(number: int, fields: str, kind: str = "W") -> Taken:
    """A message in its turn."""
    return Taken(fix.market_data(fields, kind=kind), Expected(0, number + 1))


def test_a_reader_learns_of_a_gap_where_it_is() -> None:
    """What was taken together with it takes effect on its own side of it; the position counts all."""
    part = part_of(
        "a",
        LoggedOn(30),
        taken(2, BOOK),
        Skipped(3, 4, "not resent"),
        Moved(Expected(0, 5)),
        taken(5, BID, "X"),
        taken(6, "58=news", "B"),
    )
    assert [(each.number, each.content.content) for each in part.items if isinstance(each, Item)] == [
        (2, Quote(b"BTU", TIME, 1.0, 2.0)),
        (5, Quote(b"BTU", TIME, 1.5, None)),
    ]
    assert [part.position_after(number) for number in range(3)] == ["0/2", "0/5", "0/7"]


def test_a_batch_of_sessions_is_what_is_left_of_it() -> None:
    """Each symbol's last, under our names; what cannot be read, and what has no room, has its place."""
    parts = [
        part_of("a", taken(2, BOOK), taken(3, "55=BTU|326=2", "f"), taken(4, "268=1|269=0|270=1")),
        part_of("b", taken(2, BOOK), taken(3, "55=NEW|132=1|133=2", "S"), first=3),
        part_of("a", taken(2, "55=BTU|132=3|133=4", "S"), first=5),
    ]
    symbols = SymbolTable(2)
    latest, rejects = latest_of_sessions({"a": {b"BTU": b"OURS"}}, FixBatch(parts), symbols)
    assert symbols.names == [b"OURS", b"BTU"]
    columns = [(0, TIME, 3.0, 4.0, 5), (1, TIME, 1.0, 2.0, 3)]
    assert latest.quotes == LatestQuotes(*zip(*columns, strict=True))
    assert latest.statuses == [LatestStatus(0, Status(b"BTU", TIME, 1, None, None), False)]
    assert [(each.frame, each.reason) for each in rejects.first(9)] == [
        (2, "symbol"),
        (4, "too_many_symbols"),
    ]


def test_damaged_messages_are_read_or_refused() -> None:
    """Whatever was done to them, between gaps: no exception, and books that are bounded."""
    room = Room(levels=50)
    venue = QuoteReader(room, 5, acceptor(carries="quotes", resends=False))
    venue.begin()
    found = 0
    for number, raw in enumerate(mutated(7, 3000)):
        found += len(venue.read(Message(raw)) or ())
        if number % 100 == 0:
            venue.missed()
        assert room.used <= 50
    assert found > 500
