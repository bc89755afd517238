"""Damaged FIX messages: no exception, counts that add up, bounded memory."""

import io
import os
from collections import Counter

import pytest

from shared.wire.fix.books.room import Room
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.framing import GARBLED, split
from shared.wire.fix.market_data import MARKET_DATA, MarketData, MarketDataReader
from shared.wire.fix.message import Message
from shared.wire.fix.message_log import LogMessage, LogRefusal, MessageLog
from shared.wire.fix.orders import FixOrder, has_orders, read_orders
from shared.wire.fix.refused import Refused
from tests.support import fix
from tests.support.fix_mutations import CORPUS, mutated

DIALECTS = [
    Dialect(symbol="55+65", books="auto"),
    Dialect(symbol="48", carries="reports", books="level"),
    Dialect(carries="reports", books="price"),
    Dialect(books="id"),
]
READ_AT_ONCE = 300
LONGEST = 20_000


def run(seed: int, count: int) -> Counter[str]:
    """Send so many messages through all of the codec; what came of them."""
    seen = Counter[str]()
    room = Room(levels_a_side=5, levels=50)
    readers = [MarketDataReader(dialect, max_symbols=10, room=room) for dialect in DIALECTS]
    inbox = bytearray()
    arrived = went = 0
    for message in mutated(seed, count):
        inbox += message
        arrived += len(message)
        if len(inbox) < READ_AT_ONCE:
            continue
        found = split(inbox, 0, len(inbox), LONGEST)
        spans = sorted([*found.messages, *(each[:2] for each in found.garbled)])
        assert sum(end - start for start, end in spans) == found.end
        seen.update(each.reason for each in found.garbled)
        for start, end in found.messages:
            seen["messages"] += 1
            judge(bytes(inbox[start:end]), readers, seen)
        went += found.end
        del inbox[: found.end]
        assert len(inbox) <= LONGEST
        assert room.used <= 50
        assert all(len(reader.books) <= 10 for reader in readers)
    assert went + len(inbox) == arrived
    return seen


def judge(raw: bytes, readers: list[MarketDataReader], seen: Counter[str]) -> None:
    """Read one message in every dialect: each of its orders is read or refused, and so are its entries."""
    message = Message(raw)
    assert raw.startswith(b"8=FIX")
    for dialect, reader in zip(DIALECTS, readers, strict=True):
        orders = read_orders(message, dialect)
        assert bool(orders) == has_orders(message, dialect)
        seen["orders"] += sum(isinstance(each, FixOrder) for each in orders)
        seen["refused orders"] += sum(isinstance(each, Refused) for each in orders)
        market = reader.read(message)
        assert message.kind in MARKET_DATA or market == MarketData()
        seen["quotes"] += len(market.quotes)
        seen["statuses"] += len(market.statuses)
        seen["refused entries"] += len(market.refused)


def logged(seed: int, count: int) -> None:
    """Read so many messages as logs with other delimiters, a line each."""
    for number, message in enumerate(mutated(seed, count)):
        delimiter = (b"|", b"\x01", b"<SOH>")[number % 3]
        data = message.replace(b"\x01", delimiter) + b"\n" + fix.order() + b"\n"
        log = MessageLog(io.BytesIO(data), longest=LONGEST)
        found = list(log)
        refusals = sum(isinstance(each, LogRefusal) for each in found)
        assert refusals == log.garbled.total() <= data.count(b"8=FIX")
        assert all(raw.raw.endswith(b"\x01") for raw in found if isinstance(raw, LogMessage))


@pytest.mark.parametrize(
    ("count", "seed"), [(3_000, 1), pytest.param(50_000, 2, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_mutated_messages(count: int, seed: int) -> None:
    """Each ends as messages or as bytes that are counted as garbled; each order is read or refused.

    FUZZ_MESSAGES says how many there are in the long run (`make fuzz`: a million).
    """
    if count == 50_000:
        count = int(os.environ.get("FUZZ_MESSAGES", count))
    seen = run(seed, count)

    assert set(GARBLED) <= set(seen)
    kinds = ("messages", "orders", "refused orders", "quotes", "statuses", "refused entries")
    assert {kind: seen[kind] for kind in kinds if seen[kind] < count // 200} == {}
    logged(seed, count // 10)


def test_the_corpus_is_whole() -> None:
    """What is mutated are good messages, of which every one is found."""
    stream = b"".join(CORPUS)
    found = split(stream, 0, len(stream))
    assert [stream[start:end] for start, end in found.messages] == CORPUS
