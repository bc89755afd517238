"""The quote book: the last quote of every symbol, the verdict on it, and what is left to write."""

import pytest

from services.market_data.book import Book, Entry
from services.market_data.feed.batch import Update
from shared.market.rule import Limits
from shared.wire.symbol_table import SymbolTable

TIME = b"20260105-14:30:00.000"
MARKETS = [
    (10.0, 10.01, ""),
    (10.0, 10.05, "spread"),
    (0.39, 0.41, "spread_ratio"),
    (0.97, 1.02, "spread,spread_ratio"),
    (None, 1.02, "no_quote"),
    (1.02, None, "no_quote"),
    (None, None, "no_quote"),
]


def make_book(*names: bytes) -> Book:
    """A book whose symbols are numbered in this order."""
    table = SymbolTable(100)
    for name in names:
        table.number(name)
    return Book(table, Limits())


@pytest.mark.parametrize("times", [1, 10])
def test_every_quote_gets_its_verdict(times: int) -> None:
    """Few quotes and many alike are entered with prices, verdict, and both times."""
    book = make_book()
    updates = [Update(n, TIME, *MARKETS[n % 7][:2]) for n in range(7 * times)]

    book.apply(updates, now_us=123)

    assert book.unwritten == {
        n: Entry(bid, offer, reason, TIME, 123) for n, (bid, offer, reason) in enumerate(MARKETS * times)
    }
    assert len(book) == 7 * times


def test_a_later_quote_takes_the_place_of_an_earlier_one() -> None:
    """What is left to write of a symbol is its last quote, once."""
    book = make_book(b"BTU")
    book.apply([Update(0, TIME, 10.0, 10.05)], now_us=1)

    book.apply([Update(0, TIME, 20.0, 20.01)], now_us=2)

    assert book.unwritten == {0: Entry(20.0, 20.01, "", TIME, 2)}
    assert book.entries() == [("BTU", 0, Entry(20.0, 20.01, "", TIME, 2))]


def test_what_redis_has_is_remembered_but_not_written_again() -> None:
    """A quote of an earlier run enters the book without being left to write, and gives way to a newer one."""
    book = make_book()
    old = Entry(1.0, 2.0, "spread,spread_ratio", TIME, 5)

    book.remember(b"BTU", old)
    assert book.unwritten == {}
    assert book.entries() == [("BTU", 0, old)]

    book.apply([Update(0, TIME, 10.0, 10.01)], now_us=6)
    book.remember(b"BTU", old)
    assert book.entries() == [("BTU", 0, Entry(10.0, 10.01, "", TIME, 6))]


def test_more_than_there_is_room_for_is_not_remembered() -> None:
    """A symbol in Redis of any name that a stream can have is remembered, and left alone without room."""
    book = Book(SymbolTable(1), Limits())

    book.remember(b"AAPL  251219C00200000", Entry(1.0, None, "no_quote", TIME, 5))
    book.remember(b"IBM", Entry(1.0, 2.0, "", TIME, 5))

    assert [name for name, _, _ in book.entries()] == ["AAPL  251219C00200000"]


def test_a_later_quote_is_said_to_be_later() -> None:
    """Though the clock has stepped back: by what is later it is decided what is newer."""
    book = make_book(b"BTU", b"GLD")
    book.apply([Update(0, TIME, 10.0, 10.01)], now_us=100)
    book.apply([Update(0, TIME, 11.0, 11.01), Update(1, TIME, 5.0, 5.01)], now_us=40)
    book.apply([Update(0, TIME, 12.0, 12.01)], now_us=41)
    assert [(name, entry.bid, entry.updated_at) for name, _, entry in book.entries()] == [
        ("BTU", 12.0, 102),
        ("GLD", 5.0, 40),
    ]
    book.apply([Update(0, TIME, 13.0, 13.01)], now_us=200)
    assert book.unwritten[0].updated_at == 200


def test_a_remembered_time_counts_too() -> None:
    """What an earlier run wrote by another clock does not make a newer quote older."""
    book = make_book()
    book.remember(b"BTU", Entry(1.0, 2.0, "", TIME, 1000))
    book.apply([Update(0, TIME, 10.0, 10.01)], now_us=10)
    assert book.unwritten[0].updated_at == 1001


def test_what_another_ingestor_wrote_later_takes_the_place_of_a_known_quote() -> None:
    """And is not written again; what was written earlier, or at the same time, does not."""
    book = make_book(b"BTU")
    book.apply([Update(0, TIME, 10.0, 10.01)], now_us=5)
    newer = Entry(20.0, 20.01, "", TIME, 6)

    for earlier in (4, 5):
        book.remember(b"BTU", newer._replace(updated_at=earlier))
    assert book.unwritten == {0: Entry(10.0, 10.01, "", TIME, 5)}
    book.remember(b"BTU", newer)

    assert book.entries() == [("BTU", 0, newer)]
    assert not book.unwritten
