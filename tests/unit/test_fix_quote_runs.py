"""Market data by FIX taken as a run, by columns: the same as message by message."""

from collections.abc import Sequence
from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.market_data.fix.quote_reader import QuoteReader
from services.market_data.fix.quotes import latest_of_sessions
from shared.base.source import Source
from shared.service.fix.batch import FixBatch, ItemRun
from shared.service.fix.reading import next_part
from shared.service.fix.sender import SessionSender
from shared.wire.fix.books.room import Room
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.session import conversation
from shared.wire.fix.session import session as session_module
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.link import Start
from shared.wire.fix.session.session import Session
from shared.wire.symbol_table import SymbolTable
from tests.support import fix
from tests.support.fix_session import NOW, SECOND, acceptor

BOOK = "268=2|269=0|278=a|270={n}.5|269=1|278=b|270={n}.75"
MESSAGES = [
    "W|55=A|" + BOOK,
    "W|55=B|268=1|269=0|270=2",
    "W|55=C|268=1|269=2|270=9",
    "S|55=A|132={n}|133=9|134=1|135=1",
    "S|55=D|132=0|134=0|133=2",
    "f|55=A|326=2",
    "f|55=B|326=3",
    "0",
    "B|58=news",
    "Y|262=x|281=0",
    "X|268=1|279=1|269=0|278=a|270={n}|55=A",
    "X|268=1|279=2|269=1|278=b|55=A",
    "W|55=A B|268=1|269=0|270=1",
    "W|55=A|268=2|269=0|270=1",
    "W|55=A|893=N|268=1|269=0|270=1",
    "W|55=A|268=1|269=0|270=1|276=Z",
]
QUIET = 5
"""How many of the messages are quotes without a doubt."""
SETTINGS = [
    acceptor(carries="quotes", resends=False),
    acceptor(carries="quotes", resends=False, subscribe=("A", "B")),
    acceptor(carries="quotes", resends=False, books="level"),
    acceptor(carries="quotes", resends=False, symbol_map="theirs.csv"),
]

Sent = tuple[str, int, int]
"""A message, how often it comes, and how many numbers are missing before it."""


class Peer:
    """A session for quotes as their sender, and all that comes of what it hears."""

    number = 1
    peer = "a peer"

    def __init__(self, settings: SessionSettings) -> None:
        session = Session(settings, Start(Expected(0, 1), NOW, 1, 1001), NOW)
        source = Source("position", "owner", "0/1", name="fix:venue")
        self.reader = QuoteReader(Room(1000), 1000, settings)
        quiet = cast(Any, self)
        self.sender = SessionSender(quiet, session, source, self.reader, quiet, lambda: NOW + SECOND)
        self.symbols = SymbolTable(1000)
        self.runs = 0
        self.hears(fix.message("35=A|34=1|49=DESK|52=20260105-14:30:00|56=SPREAD|98=0|108=30"))

    def hears(self, data: bytes) -> tuple[Any, ...]:
        """What is left of a read, and where the session stands."""
        self.sender.receive(data, 0)
        part = next_part(self.sender, 5, self.symbols)
        position = self.sender.session.expected
        if part is None:
            return (position,)
        self.runs += sum(isinstance(each, ItemRun) for each in part.items)
        latest, rejects = latest_of_sessions({}, FixBatch([part]), self.symbols)
        names = self.symbols.names
        quotes = [(names[symbol], *rest) for symbol, *rest in zip(*latest.quotes, strict=True)]
        statuses = [(names[each.symbol], *each[1:]) for each in latest.statuses]
        words = part.position_after(part.first + part.messages)
        self.sender.acknowledge(words)
        return position, words, part.numbers, sorted(quotes), sorted(statuses), list(rejects.first(99))

    def send(self, data: bytes) -> None:
        """See `FixConnection`."""

    def flush(self) -> bool:
        """See `FixConnection`."""
        return True

    def note(self, event: object) -> None:
        """See `Journal`."""


def sent(messages: Sequence[Sent], number: int) -> tuple[bytes, int]:
    """What the peer sends from a number on, and the number behind it."""
    parts = []
    for text, repeated, missing in messages:
        number += missing
        for _ in range(repeated):
            kind, _, body = text.format(n=number).partition("|")
            header = f"35={kind}|34={number}|49=DESK|52=20260105-14:30:00.{number:03}|56=SPREAD"
            parts.append(fix.message(f"{header}|{body}" if body else header))
            number += 1
    return b"".join(parts), number


def both_ways(settings: SessionSettings, reads: Sequence[Sequence[Sent]]) -> int:
    """What comes of reads by columns is what comes of them one by one; how many runs there were."""
    made, number = [], 2
    for read in reads:
        data, number = sent(read, number)
        made.append(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session_module, "LEAST_SCANNED", 1 << 60)
        plain = Peer(settings)
        expected = [plain.hears(each) for each in made]
        assert not plain.runs
        patch.setattr(session_module, "LEAST_SCANNED", 1)
        patch.setattr(conversation, "SHORTEST_RUN", 2)
        peer = Peer(settings)
        assert [peer.hears(each) for each in made] == expected
    return peer.runs


SENT = st.tuples(
    st.sampled_from(MESSAGES[:QUIET]) | st.sampled_from(MESSAGES),
    st.sampled_from((1, 2, 9)),
    st.sampled_from([0] * 12 + [1]),
)


@pytest.mark.slow
@given(st.sampled_from(SETTINGS), st.lists(st.lists(SENT, max_size=6), max_size=4))
@example(SETTINGS[1], [[(MESSAGES[0], 4, 0), (MESSAGES[0], 4, 3)], [(MESSAGES[10], 2, 0)]])
@example(
    SETTINGS[0], [[(MESSAGES[0], 4, 0), (MESSAGES[5], 1, 0), (MESSAGES[1], 4, 0)], [(MESSAGES[11], 1, 0)]]
)
def test_runs_and_single_messages_come_to_the_same(
    settings: SessionSettings, reads: list[list[Sent]]
) -> None:
    """Quotes, statuses, refusals and positions after each read, and books that later updates need."""
    both_ways(settings, reads)


@pytest.mark.parametrize("text", MESSAGES)
@pytest.mark.parametrize("settings", SETTINGS)
def test_each_kind_of_message_between_two_runs(settings: SessionSettings, text: str) -> None:
    """Whatever comes between usual quotes, then updates of the books that were refreshed."""
    updates = [(MESSAGES[10], 1, 0), (MESSAGES[11], 2, 0)]
    for missing in (0, 2):
        quotes = [(MESSAGES[0], 3, 0), (text, 2, 0), (MESSAGES[1], 3, missing), (MESSAGES[3], 2, 0)]
        both_ways(settings, [quotes, updates])
        both_ways(settings, [[*quotes, *updates], quotes])


def test_usual_quotes_are_one_run() -> None:
    """A heartbeat makes two of it, a status too; after a gap they are columns again, of a book anew."""
    quotes = [(each, 3, 0) for each in MESSAGES[:QUIET]]
    assert both_ways(SETTINGS[0], [quotes]) == 1
    assert both_ways(SETTINGS[0], [[*quotes, (MESSAGES[7], 1, 0), *quotes]]) == 2
    assert both_ways(SETTINGS[0], [[*quotes, (MESSAGES[5], 1, 0), *quotes]]) == 2
    assert both_ways(SETTINGS[1], [quotes, [(MESSAGES[0], 3, 5)], quotes]) == 3
    assert both_ways(SETTINGS[2], [quotes]) == 0
    assert both_ways(SETTINGS[3], [quotes]) == 0
