"""The quotes in Redis, lost again and again while they are written: an epoch means that all are there."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from redis import Redis

from market_spread.status import Status
from services.market_data.book import Book
from services.market_data.feed.latest import LatestStatus
from services.market_data.store import quote_store as module
from services.market_data.store.quote_store import QuoteStore
from shared.market.rule import Limits
from shared.redis.link import Command, NodeEpoch, RedisLink, Reply
from shared.redis.url import open_link
from shared.wire.symbol_table import SymbolTable
from tests.support.book_entries import TIME, apply, latest
from tests.support.limits_files import judge_of, one_class
from tests.support.links import LinkDouble
from tests.support.market import symbols

COUNT = 30

Result = TypeVar("Result")


class LosingLink(LinkDouble):
    """A link to a server that somebody flushes before one of its round trips.

    Args:
        link: to the server.
        client: flushes it.
    """

    def __init__(self, link: RedisLink, client: Redis) -> None:
        self._link, self._client = link, client
        self.left = -1
        """How many round trips are left before that."""

    def roundtrip(self, commands: Iterable[Command]) -> list[Reply]:
        """See `RedisLink.roundtrip`."""
        return self._losing(lambda: self._link.roundtrip(commands))

    def roundtrip_with_epochs(self, commands: Sequence[Command]) -> tuple[list[Reply], list[NodeEpoch]]:
        """See `RedisLink.roundtrip_with_epochs`."""
        return self._losing(lambda: self._link.roundtrip_with_epochs(commands))

    def _losing(self, roundtrip: Callable[[], Result]) -> Result:
        if self.left == 0:
            self._client.flushall()
        self.left -= 1
        result = roundtrip()
        assert_an_epoch_means_all(self._client)
        return result

    def close(self) -> None:
        """See `RedisLink.close`."""
        self._link.close()


def assert_an_epoch_means_all(client: Redis) -> None:
    """With an epoch, every symbol has its quote; without one, checkers wait."""
    if client.exists("epoch"):
        assert len(list(client.scan_iter("symbol:*", count=1000))) == COUNT


@pytest.fixture
def link(redis_url: str) -> Iterator[RedisLink]:
    """To the server."""
    made = open_link(redis_url)
    yield made
    made.close()


def filled_book() -> Book:
    """A book with a quote of each symbol."""
    table = SymbolTable(1000)
    book = Book(table, Limits(Decimal("0.05"), Decimal("0.05")))
    names = [b"S%03d" % number for number in range(COUNT)]
    apply(book, *((table.number(name), 10.0, 10.01) for name in names), now_us=1_000_000)
    return book


def flag(book: Book) -> None:
    """Judge by limits that have become active."""
    book.judge_by(judge_of(one_class("", keys='tiers = [{ from = "0", spread = "0.005" }]')))
    book.judge_again([0], 3_000_000)


def halt(book: Book) -> None:
    """Halt the symbol."""
    status = Status(b"S000", TIME, 1, None, None)
    changes = latest()._replace(statuses=[LatestStatus(0, status, is_wiped_out=False)])
    book.apply(changes, 3_000_000, [])


def wipe_out(book: Book) -> None:
    """Take its prices away."""
    book.apply(latest()._replace(statuses=[LatestStatus(0, None, is_wiped_out=True)]), 3_000_000, [])


def quote_anew(book: Book) -> None:
    """Quote it."""
    apply(book, (0, 12.0, 12.01), now_us=3_000_000)


@pytest.mark.parametrize(
    ("meanwhile", "bid"), [(flag, b"11.0"), (halt, b"11.0"), (wipe_out, b""), (quote_anew, b"12.0")]
)
def test_a_quote_that_was_read_before_another_ingestor_wrote_is_written_if_the_quote_is_newer(
    redis_client: Redis, link: RedisLink, meanwhile: Callable[[Book], None], bid: bytes
) -> None:
    """Flags and statuses do not keep it out, though they are newer; prices do."""
    book, others_book = filled_book(), filled_book()
    store, other = QuoteStore(link, book), QuoteStore(link, others_book)
    store.sync()
    other.sync()
    apply(book, (0, 11.0, 11.01), now_us=2_000_000)
    meanwhile(others_book)
    other.sync()
    store.sync(only_newer=True)
    found = redis_client.hgetall("symbol:S000")
    assert found[b"bid"] == bid
    assert int(found[b"written_at"]) >= 3_000_000
    assert (b"status" in found) == (meanwhile is halt)
    store.look_at_some(4_000_000)
    assert str(book[0].bid or "").encode() == bid, "and the book has what Redis has"


@pytest.mark.parametrize("meanwhile", [flag, halt])
def test_a_quote_that_was_written_after_later_flags_or_a_later_status_is_not_taken_for_lost(
    redis_client: Redis, link: RedisLink, meanwhile: Callable[[Book], None]
) -> None:
    """An ingestor stood still between taking and writing it; the other one takes it over."""
    book, others_book = filled_book(), filled_book()
    store, other = QuoteStore(link, book), QuoteStore(link, others_book)
    store.sync()
    other.sync()
    apply(book, (0, 11.0, 11.01), now_us=2_000_000)
    meanwhile(others_book)
    other.sync()
    store.sync()
    other.look_at_some(4_000_000)
    assert redis_client.hget("symbol:S000", "bid") == b"11.0"
    assert others_book[0].bid == 11.0


@pytest.mark.parametrize("roundtrips", range(16))
def test_there_is_no_epoch_while_a_quote_is_missing(
    redis_client: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch, roundtrips: int
) -> None:
    """Quotes are lost, and after any number of round trips that write them again lost once more."""
    monkeypatch.setattr(module, "_AT_ONCE", 10)
    losing = LosingLink(link, redis_client)
    store = QuoteStore(losing, filled_book())
    store.load()
    store.sync()
    before = redis_client.get("epoch")
    redis_client.flushall()
    losing.left = roundtrips

    while losing.left >= 0:
        store.sync()
    store.sync()

    assert redis_client.get("epoch") not in {None, before}
    assert_an_epoch_means_all(redis_client)
    assert symbols(redis_client) == {f"S{number:03}" for number in range(COUNT)}
    assert not list(redis_client.scan_iter("*:next:*"))


def test_a_look_that_finds_nothing_lost_leaves_the_epoch(redis_client: Redis, link: RedisLink) -> None:
    """Another ingestor has begun an epoch: it is taken over, and nothing is left behind."""
    store = QuoteStore(link, filled_book())
    store.sync()
    info: Any = redis_client.info("server")
    of_another = f"token:{info['run_id']}"
    redis_client.set("epoch", of_another)
    store.sync()

    assert redis_client.get("epoch") == of_another.encode()
    assert not list(redis_client.scan_iter("*:next:*"))


@pytest.mark.parametrize(("ahead_us", "bid"), [(0, 20.0), (10_000_000, 10.0)], ids=["now", "from the future"])
def test_what_others_write_is_taken_over(
    redis_client: Redis, link: RedisLink, ahead_us: int, bid: float
) -> None:
    """Redis loses its data when the other ingestor is gone: that one's quote is written again."""
    book = filled_book()
    store = QuoteStore(link, book)
    store.sync()
    now_us = 5_000_000
    redis_client.hset(
        "symbol:S001", mapping={"bid": "20.0", "offer": "20.01", "updated_at": now_us + ahead_us}
    )

    store.look_at_some(now_us)
    redis_client.flushall()
    store.look_for_losses()

    assert redis_client.hget("symbol:S001", "bid") == repr(bid).encode()
    assert redis_client.hget("symbol:S002", "bid") == b"10.0"
