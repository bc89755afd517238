"""The book: the last quote and status of every symbol, the verdict on it, and what is left to write."""

from itertools import repeat
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_spread.quote import Quote
from market_spread.status import WIPED_OUT, Status
from services.market_data.book import Book
from services.market_data.entry import PRICES, QUOTE, STATUS, Entry, TradingStatus
from services.market_data.feed.latest import LatestStatus, latest_of_messages
from shared.market.quote_state import state_of
from shared.market.rule import Limits, reasons
from shared.wire.symbol_table import SymbolTable
from tests.support.book_entries import TIME, apply, entry, latest

MARKETS = [
    (10.0, 10.01, ""),
    (10.0, 10.05, "spread"),
    (0.39, 0.41, "spread_ratio"),
    (0.97, 1.02, "spread,spread_ratio"),
    (None, 1.02, "no_quote"),
    (1.02, None, "no_quote"),
    (None, None, "no_quote"),
]
HALT: Final = Status(b"BTU", TIME, 1, 9.5, None)


def make_book(*names: bytes) -> Book:
    """A book whose symbols are numbered in this order."""
    table = SymbolTable(100)
    for name in names:
        table.number(name)
    return Book(table, Limits())


def change_status(book: Book, status: Status | None, *, now_us: int, is_wiped_out: bool = False) -> Entry:
    """Let a status of the first symbol take effect; what is known of it then."""
    changes = latest()._replace(statuses=[LatestStatus(0, status, is_wiped_out)])
    book.apply(changes, now_us, [])
    return book[0]


@pytest.mark.parametrize("times", [1, 10])
def test_every_quote_gets_its_verdict(times: int) -> None:
    """Few quotes and many alike are entered with prices, verdict, state, source, and all times."""
    book = make_book()
    apply(book, *((n, *MARKETS[n % 7][:2]) for n in range(7 * times)), now_us=123)

    for number in range(7 * times):
        assert book[number] == entry(*MARKETS[number % 7], 123)
    assert book.unwritten == dict.fromkeys(range(7 * times), QUOTE)
    assert len(book) == 7 * times


def test_a_later_quote_takes_the_place_of_an_earlier_one() -> None:
    """What is left to write of a symbol is its last quote, once; its state goes on."""
    book = make_book(b"BTU")
    apply(book, (0, 10.0, 10.05), now_us=1)

    apply(book, (0, 20.0, 20.01), now_us=2)

    assert book.entries() == [("BTU", 0, entry(20.0, 20.01, "", 2, state_since=1))]
    assert book.unwritten == {0: QUOTE}


def test_a_state_begins_with_the_quote_that_changes_it() -> None:
    """Also where it comes back; a quote that leaves it as it was does not."""
    book = make_book(b"BTU")
    seen = []
    for at, prices in enumerate([(1.0, 1.01), (2.0, 2.01), (2.0, 2.0), (3.0, 3.0), (3.0, None), (4.0, 5.0)]):
        apply(book, (0, *prices), now_us=at)
        seen.append((book[0].state, book[0].state_since))
    assert seen == [
        ("two_sided", 0), ("two_sided", 0), ("locked", 2), ("locked", 2), ("one_sided", 4), ("two_sided", 5),
    ]  # fmt: skip


def test_a_status_changes_nothing_of_the_quote() -> None:
    """But when something was last changed; a later quote leaves it as it is."""
    book = make_book(b"BTU")
    apply(book, (0, 10.0, 10.01), now_us=1)
    book.unwritten.clear()

    halted = entry(10.0, 10.01, "", 1, status=TradingStatus(1, 2, 9.5, None), written_at=2)
    assert change_status(book, HALT, now_us=2) == halted
    assert book.unwritten == {0: STATUS}

    apply(book, (0, 11.0, 11.01), now_us=3)
    assert book[0] == entry(11.0, 11.01, "", 3, state_since=1, status=halted.status)
    assert book.unwritten == {0: STATUS | QUOTE}


def test_a_wipe_out_takes_the_prices_and_leaves_the_rest() -> None:
    """Status, bands and the quote's times stay; of two wipe-outs the first began the state."""
    book = make_book(b"BTU")
    apply(book, (0, 10.0, 10.01), now_us=1)
    change_status(book, HALT, now_us=2)
    book.unwritten.clear()

    change_status(book, None, now_us=3, is_wiped_out=True)
    wiped_out = change_status(book, None, now_us=4, is_wiped_out=True)

    assert wiped_out == entry(
        None, None, "no_quote", 1, state_since=3, status=TradingStatus(1, 2, 9.5, None), written_at=4
    )
    assert book.unwritten == {0: PRICES}


@pytest.mark.parametrize(
    ("status", "is_wiped_out", "parts"), [(HALT, False, STATUS), (None, True, PRICES), (HALT, True, 6)]
)
def test_a_status_without_a_quote_makes_an_entry_without_prices(
    status: Status | None, parts: int, *, is_wiped_out: bool
) -> None:
    """It has no time of a quote, and nobody who sent one."""
    book = make_book(b"BTU")
    listed = None if status is None else TradingStatus(1, 5, 9.5, None)
    assert change_status(book, status, now_us=5, is_wiped_out=is_wiped_out) == Entry(
        None, None, "no_quote", b"", None, "", "empty", 5, listed, 5
    )
    assert book.unwritten == {0: parts}


def test_what_redis_has_is_remembered_but_not_written_again() -> None:
    """A quote of an earlier run enters the book without being left to write, and gives way to a newer one."""
    book = make_book()
    old = entry(1.0, 2.0, "spread,spread_ratio", 5)

    book.remember(b"BTU", old)
    assert book.unwritten == {}
    assert book.entries() == [("BTU", 0, old)]

    apply(book, (0, 10.0, 10.01), now_us=6)
    book.remember(b"BTU", old)
    assert book.entries() == [("BTU", 0, entry(10.0, 10.01, "", 6, state_since=5))]


def test_more_than_there_is_room_for_is_not_remembered() -> None:
    """A symbol in Redis of any name that a stream can have is remembered, and left alone without room."""
    book = Book(SymbolTable(1), Limits())

    book.remember(b"AAPL  251219C00200000", entry(1.0, None, "no_quote", 5))
    book.remember(b"IBM", entry(1.0, 2.0, "", 5))

    assert [name for name, _, _ in book.entries()] == ["AAPL  251219C00200000"]


def test_a_later_change_is_said_to_be_later() -> None:
    """Though the clock has stepped back: by what is later it is decided what is newer."""
    book = make_book(b"BTU", b"GLD")
    apply(book, (0, 10.0, 10.01), now_us=100)
    apply(book, (0, 11.0, 11.01), (1, 5.0, 5.01), now_us=40)
    apply(book, (0, 12.0, 12.01), now_us=41)
    assert [(name, each.bid, each.updated_at) for name, _, each in book.entries()] == [
        ("BTU", 12.0, 102),
        ("GLD", 5.0, 40),
    ]
    assert change_status(book, HALT, now_us=42).written_at == 103
    apply(book, (0, 12.5, 12.51), now_us=102)
    assert book[0].updated_at == 104
    apply(book, (0, 13.0, 13.01), now_us=200)
    assert book[0].updated_at == 200


def test_a_remembered_time_counts_too() -> None:
    """What an earlier run wrote by another clock does not make a newer quote older."""
    book = make_book()
    book.remember(b"BTU", entry(1.0, 2.0, "", 500, written_at=1000))
    apply(book, (0, 10.0, 10.01), now_us=10)
    assert book[0].updated_at == 1001


def test_what_another_ingestor_wrote_later_takes_the_place_of_a_known_quote() -> None:
    """And is not written again; what was written earlier, or at the same time, does not."""
    book = make_book(b"BTU")
    apply(book, (0, 10.0, 10.01), now_us=5)
    newer = entry(20.0, 20.01, "", 3, written_at=6)

    for earlier in (4, 5):
        book.remember(b"BTU", newer._replace(written_at=earlier))
    assert book[0] == entry(10.0, 10.01, "", 5)
    assert book.unwritten == {0: QUOTE}
    book.remember(b"BTU", newer)

    assert book.entries() == [("BTU", 0, newer)]
    assert not book.unwritten


PRICES_OR_NONE = st.sampled_from((None, -1.0, 1.0, 1.02, 10.0, 10.05))
MESSAGES = st.one_of(
    st.builds(Quote, st.just(b"X"), st.just(TIME), PRICES_OR_NONE, PRICES_OR_NONE),
    st.builds(Status, st.just(b"X"), st.just(TIME), st.integers(0, 6), PRICES_OR_NONE, PRICES_OR_NONE),
)


class Naive:
    """Applies messages one by one, as the contract says."""

    def __init__(self) -> None:
        self.known: dict[int, dict[str, object]] = {}
        self.changed: dict[int, int] = {}
        """Parts, by symbol."""

    def take(self, symbol: int, message: Quote | Status) -> None:
        """Let one message take effect."""
        found = self.known.setdefault(symbol, {"bid": None, "offer": None, "status": None, "quoted": False})
        if isinstance(message, Quote):
            found |= {"bid": message.bid, "offer": message.offer, "quoted": True}
            part = QUOTE
        elif message.status == WIPED_OUT:
            found |= {"bid": None, "offer": None}
            part = PRICES
        else:
            found["status"] = (message.status, message.band_low, message.band_high)
            part = STATUS
        parts = self.changed.get(symbol, 0) | part
        self.changed[symbol] = parts & ~PRICES if parts & QUOTE else parts  # a quote has prices


@given(
    batches=st.lists(
        st.lists(st.tuples(st.integers(0, 3), MESSAGES), min_size=1, max_size=40), min_size=1, max_size=5
    )
)
def test_batches_take_effect_as_if_applied_one_by_one(
    batches: list[list[tuple[int, Quote | Status]]],
) -> None:
    """Of any quotes and statuses in any order: prices, flags, state, status, and what is to be written."""
    book, naive = make_book(b"A", b"B", b"C", b"D"), Naive()
    for now_us, batch in enumerate(batches, start=1):
        before = {symbol: book[symbol] for symbol in naive.known}
        naive.changed.clear()
        for symbol, message in batch:
            naive.take(symbol, message)
        changes = latest_of_messages((place, *each) for place, each in enumerate(batch))
        book.apply(changes, 1000 * now_us, repeat("desk"))

        assert book.unwritten == naive.changed
        book.unwritten.clear()
        for symbol, expected in naive.known.items():
            found, old = book[symbol], before.get(symbol)
            assert (found.bid, found.offer) == (expected["bid"], expected["offer"])
            assert (found.status and (found.status[0], *found.status[2:])) == expected["status"]
            assert found.is_quoted == expected["quoted"]
            assert found.reason == ",".join(reasons(found.bid, found.offer, Limits()))
            assert found.state == state_of(found.bid, found.offer)
            assert (found.written_at >= 1000 * now_us) == (symbol in naive.changed)
            if old is not None:  # what came and went within a batch is not known
                assert (found.state_since == old.state_since) == (found.state == old.state)
