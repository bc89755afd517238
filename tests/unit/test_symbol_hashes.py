"""Reading quotes: what is there, what is not, and what to do while Redis has lost them."""

import logging
from collections.abc import Callable, Iterable

import hiredis
import pytest
from redis.exceptions import ResponseError

from services.orders.check import symbol_hashes as module
from services.orders.check.symbol_hashes import SymbolHashes
from shared.market.limits import met_hash
from shared.market.limits.met import MetQuote
from shared.market.limits.met_hash import MetHash
from shared.market.quote import FIELDS, Quote
from shared.published.reading import POINTERS
from shared.redis.link import Command, RedisUnavailable, Reply
from shared.wire.symbol_table import SymbolTable
from tests.support.links import LinkDouble

HASH = [b"10.0", b"10.05", b"quoted", b"1", b"spread", b"123"]
QUOTED, FLAGS = [b"10.0", b"10.05", b"quoted", b"123"], [b"1", b"spread"]
"""The same, as limits judge by it."""
QUOTE = Quote(10.0, 10.05, b"quoted", True, b"spread", 123)


class Hashes(LinkDouble):
    """A link to a Redis that has an epoch and some hashes, and nothing else."""

    def __init__(self) -> None:
        self.epoch: Reply = b"one"
        self.replies: dict[str, Reply] = {"symbol:BTU": HASH}
        self.asked: list[str] = []
        self.losing: list[bytes | None] = []
        """Epochs that follow losses of all quotes, each after the first answer of a round trip."""

    def roundtrip(self, commands: Iterable[Command]) -> list[Reply]:
        """See `RedisLink.roundtrip`."""
        found: list[Reply] = []
        for command in commands:
            reader = hiredis.Reader(encoding="utf-8")
            reader.feed(command.packed)
            words = reader.gets()
            assert isinstance(words, list)
            if words == ["GET", "epoch"]:
                found.append(self.epoch)
            elif words[0] == "MGET":
                found.append([None, None])
            else:
                assert words[0] == "HMGET"
                assert words[2:] in (list(FIELDS), list(met_hash.FIELDS), list(met_hash.FIELDS_OF_LIMITS))
                self.asked.append(words[1])
                found.append(self.replies.get(words[1], [None] * len(words[2:])))
            if self.losing and len(found) == 1:
                self.epoch, self.replies = self.losing.pop(0), {}
        return found


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock of the reader, as its only element."""
    now = [100.0]
    monkeypatch.setattr("services.orders.check.epoch_watch.time.monotonic", lambda: now[0])
    return now


def read(reader: SymbolHashes, *symbols: bytes) -> list[Quote | None]:
    """The quotes of these symbols."""
    quotes, pointers = reader.flagged([reader.symbols.number(symbol) for symbol in symbols])
    assert pointers == [None, None]
    return quotes


def test_quotes_come_in_the_order_that_was_asked_for() -> None:
    """A symbol with a hash has its quote, one without has none."""
    assert read(SymbolHashes(Hashes(), 30.0, POINTERS), b"NONE", b"BTU ", b"IBM") == [None, QUOTE, None]


def test_a_hash_that_is_incomplete_or_none_is_no_quote(caplog: pytest.LogCaptureFixture) -> None:
    """A key of the wrong type or an impossible price is logged, a hash without all fields is not a quote."""
    link = Hashes()
    link.replies |= {
        "symbol:HALF": [*HASH[:5], None],
        "symbol:TEXT": ResponseError("WRONGTYPE what is this"),
        "symbol:WORD": [b"ten", *HASH[1:]],
        "symbol:ENDL": [b"inf", *HASH[1:]],
    }

    with caplog.at_level(logging.ERROR):
        assert read(SymbolHashes(link, 30.0, POINTERS), b"HALF", b"TEXT", b"WORD", b"ENDL", b"BTU") == [
            *[None] * 4,
            QUOTE,
        ]

    assert "TEXT" in caplog.text
    assert "WRONGTYPE" in caplog.text
    assert "WORD" in caplog.text
    assert "b'inf' is no price" in caplog.text


def test_an_absent_side_is_no_number() -> None:
    """A price that is missing or empty; a quote may have neither. A time that is no number is not known."""
    link = Hashes()
    link.replies |= {"symbol:ONE": [b"", *HASH[1:]], "symbol:NONE": [None, b"", *HASH[2:5], b"soon"]}

    one, none = read(SymbolHashes(link, 30.0, POINTERS), b"ONE", b"NONE")

    assert one == QUOTE._replace(bid=None)
    assert none == QUOTE._replace(bid=None, offer=None, updated_at=None)


def test_a_lost_epoch_holds_orders_until_there_is_one(clock: list[float]) -> None:
    """While the epoch that was known is gone nothing is read; any new one ends that."""
    link = Hashes()
    reader = SymbolHashes(link, 30.0, POINTERS)
    read(reader, b"BTU")
    link.epoch, link.replies = None, {}

    for _ in range(3):
        with pytest.raises(RedisUnavailable, match="lost its quotes"):
            read(reader, b"BTU")
        clock[0] += 9.9
    link.epoch, link.replies = b"two", {"symbol:BTU": HASH}

    assert read(reader, b"BTU") == [QUOTE]


def test_orders_are_not_held_longer_than_told(clock: list[float]) -> None:
    """When the time is over orders are checked without quotes, and not held again without an epoch."""
    link = Hashes()
    reader = SymbolHashes(link, 30.0, POINTERS)
    read(reader, b"BTU")
    link.epoch, link.replies = None, {}
    with pytest.raises(RedisUnavailable):
        read(reader, b"BTU")
    clock[0] += 30.0

    assert read(reader, b"BTU") == [None]
    assert read(reader, b"BTU") == [None]

    link.epoch = b"two"
    read(reader, b"BTU")
    link.epoch = None
    with pytest.raises(RedisUnavailable):
        read(reader, b"BTU")


def test_quotes_that_are_lost_while_they_are_read_are_not_taken_for_missing() -> None:
    """Between two answers of one round trip all is lost: the orders are held."""
    link = Hashes()
    link.replies["symbol:IBM"] = HASH
    reader = SymbolHashes(link, 30.0, POINTERS)
    read(reader, b"BTU", b"IBM")
    link.losing = [None]

    with pytest.raises(RedisUnavailable, match="lost its quotes"):
        read(reader, b"BTU", b"IBM")


def test_quotes_that_are_lost_and_back_before_the_epoch_is_read_are_read_again() -> None:
    """A new epoch at the end of a round trip says nothing about what was read before it."""
    link = Hashes()
    link.replies["symbol:IBM"] = HASH
    reader = SymbolHashes(link, 30.0, POINTERS)
    read(reader, b"BTU", b"IBM")
    link.losing, link.asked = [b"two"], []

    read(reader, b"BTU", b"IBM")

    assert link.asked == ["symbol:BTU", "symbol:IBM"] * 2


def test_an_epoch_that_cannot_be_read_holds_nobody_up() -> None:
    """A key of another type is like an epoch that never changes."""
    link = Hashes()
    link.epoch = ResponseError("WRONGTYPE what is this")

    assert read(SymbolHashes(link, 30.0, POINTERS), b"BTU") == [QUOTE]


def test_a_reader_that_never_knew_an_epoch_does_not_wait() -> None:
    """A checker without any ingestor checks as usual."""
    link = Hashes()
    link.epoch = None

    assert read(SymbolHashes(link, 30.0, POINTERS), b"BTU") == [QUOTE]


@pytest.mark.parametrize("number_of", [SymbolTable.number, SymbolTable.number_of])
def test_ever_new_symbols_do_not_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch, number_of: Callable[[SymbolTable, bytes], int]
) -> None:
    """Beyond a number of symbols, from frames or from streams, all are forgotten between batches.

    What is read stays right.
    """
    monkeypatch.setattr(module, "_KNOWN_FORMS", 100)
    link = Hashes()
    reader = SymbolHashes(link, 30.0, POINTERS)
    for number in range(1000):
        symbol = b"S%03d" % number
        link.replies[f"symbol:S{number:03}"] = [*HASH[:5], b"%d" % number]
        numbers = [number_of(reader.symbols, each) for each in (symbol, b"BTU")]
        assert reader.flagged(numbers)[0] == [QUOTE._replace(updated_at=number), QUOTE]
        reader.limit_memory()
        assert len(reader.symbols) <= 101


def whole(reader: SymbolHashes, *symbols: bytes) -> list[MetHash]:
    """All that limits judge by of these symbols."""
    return reader.whole([reader.symbols.number(symbol) for symbol in symbols], with_flags=True)[0]


def test_all_that_limits_judge_by() -> None:
    """Prices, times, status, bands, source, and the version that the flags are from; the last is none."""
    link = Hashes()
    link.replies |= {
        "symbol:BTU": [*QUOTED, b"122", b"3", b"9.5", b"", b"feed-a", b"7:all/open", *FLAGS],
        "symbol:OLD": [*QUOTED, *[None] * 6, *FLAGS],
        "symbol:HALT": [b"", b"", None, None, b"5", b"1", b"", b"", None, None, b"0", b""],
    }

    full, old, halted, none = whole(SymbolHashes(link, 30.0, POINTERS), b"BTU", b"OLD", b"HALT", b"NONE")

    assert full == MetHash(
        MetQuote(10.0, 10.05, 123, 122, 3, 9.5, None, "feed-a"), b"quoted", (b"1", b"spread"), 7
    )
    assert old == MetHash(MetQuote(10.0, 10.05, 123), b"quoted", (b"1", b"spread"), 0)
    assert halted == MetHash(MetQuote(None, None, None, 5, 1), b"", None, 0)
    assert none == met_hash.NOTHING
    assert [each.flagged for each in (full, old, halted, none)] == [QUOTE, QUOTE, None, None]
    assert met_hash.parse_hash(link.replies["symbol:BTU"][:-2]) == full._replace(flags=None)


def test_a_hash_that_stays_is_parsed_once() -> None:
    """And one that changes is parsed again; one that cannot be read is like none."""
    link = Hashes()
    link.replies["symbol:BTU"] = [*QUOTED, *[None] * 6, *FLAGS]
    reader = SymbolHashes(link, 30.0, POINTERS)
    (first,), (second,) = whole(reader, b"BTU"), whole(reader, b"BTU")
    assert first is second
    link.replies["symbol:BTU"] = [b"9.0", *QUOTED[1:], *[None] * 6, *FLAGS]
    (third,) = whole(reader, b"BTU")
    assert third.quote == MetQuote(9.0, 10.05, 123)
    link.replies["symbol:BTU"] = [b"nine", *QUOTED[1:], *[None] * 6, *FLAGS]
    assert whole(reader, b"BTU") == [met_hash.NOTHING]
