"""FIX quotes by columns: the same as by the plain reader, message by message and piece by piece."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.wire.fix.columns.quotes import defer_books, quotes_at, read_quotes_of
from shared.wire.fix.columns.scan import scan
from shared.wire.fix.dialect import ENTRY_TYPES, BookSide, Dialect
from shared.wire.fix.framing import split
from shared.wire.fix.market_data import LONGEST_DEFERRED, MarketDataReader
from shared.wire.fix.message import Message, value_of
from shared.wire.symbol_table import SymbolTable
from tests.support import fix
from tests.support.fix_mutations import CORPUS, mutated

pytestmark = pytest.mark.slow

IMPLIED = {**ENTRY_TYPES, b"E": BookSide.BID, b"F": BookSide.OFFER}
DIALECTS = [
    Dialect(),
    Dialect(books="id"),
    Dialect(books="price", entry_types=IMPLIED),
    Dialect(books="level"),
    Dialect(symbol="48"),
    Dialect(symbol="55+65"),
]


def w(fields: str) -> bytes:
    """35=W."""
    return fix.market_data(fields)


def s(fields: str) -> bytes:
    """35=S."""
    return fix.market_data(fields, kind="S")


def x(fields: str) -> bytes:
    """35=X."""
    return fix.market_data(fields, kind="X")


GOOD = [
    w("55=A|268=2|269=0|270=1.5|271=10|269=1|270=2.5|271=10"),
    w("55=B|268=3|269=1|270=9|269=1|270=8.5|269=2|270=99"),
    w("55=A|48=U|60=20260105-23:59:60|268=2|269=0|278=a|270=0|271=0|269=0|278=b|270=-1"),
    w("55=C|268=1|269=2|270=5"),
    w("55=C|268=2|269=0|270=5|272=20260105|273=10:00:00|269=1|270=6"),
    w("55=C|268=2|269=0|270=5|269=1|270=6|272=20260105|273=10:00:00.123456789"),
    s("55=A|132=1|133=2|134=0|135=1"),
    s("55=EUR/USD|60=20260105-14:00:00|132=0|134=0|133=2|135=0"),
    s("55=B|117=Q"),
    fix.market_data("55=A|326=2", kind="f"),
    fix.message("35=0"),
]
"""Messages about which there is no doubt, at least where entries are named in any way."""
EDGES = [
    w("55=A|268=0"),
    w("55=A"),
    w("55=A|268=1|269=J"),
    w("55=A|268=2|269=0|270=1"),
    w("55=A|268=1|269=0"),
    w("55=A|268=1|270=1|269=0"),
    w("55=A|268=1|269=0|270=1|270=2"),
    w("55=A|268=1|269=0|270=x"),
    w("55=A|268=1|269=0|270=1|271=x"),
    w("55=A|268=2|269=0|278=a|270=2|269=0|278=a|270=1"),
    w("55=A|268=2|269=0|278=a|270=1|269=0|270=2"),
    w("55=A|268=1|269=0|278=longer-than-8|270=2"),
    w("55=A|268=2|269=0|270=0|271=1|269=0|270=0|271=0"),
    w("55=A|268=2|269=0|270=0|271=0|269=0|270=0"),
    w("55=A|268=1|269=0|270=1|272=20260105|273=10:00:00"),
    w("55=A|893=N|268=1|269=0|270=1"),
    w("55=A|268=1|269=0|270=1|272=20260105"),
    w("55=A|268=1|269=0|270=1|272=20260105|273=10:00:00|273=11:00:00"),
    w("55=A|268=1|269=0|270=1|272=|273=11:00:00"),
    w(f"55=A|268=2|269=0|270=1|272=20260105|273={'1' * 27}|269=1|270=2"),
    w("55=A|272=20260105|273=10:00:00|268=1|269=0|270=1"),
    w("55=A|893=Y|268=1|269=1|270=2"),
    w("55=A|268=1|269=0|270=1|1023=2"),
    w("55=A|268=1|269=0|270=1|290=1"),
    w("55=A|268=1|269=0|270=1|280=z"),
    w("268=1|269=0|270=1"),
    w("55=A|269=0|268=1|269=0|270=1"),
    w("55=A|268=1|269=01|270=1"),
    w("55=A|268=1|269=|270=1"),
    w("55=A|268=1|269=E|270=1"),
    w("55=A|268=x|269=0"),
    w(f"55=A|60={'1' * 36}|268=1|269=0|270=1"),
    w("55=A B|268=1|269=0|270=1"),
    w("55=A|55=B|268=1|269=0|270=1"),
    w("55=A|65=WI|268=1|269=0|270=1"),
    w("55=[N/A]|48=U|268=1|269=0|270=1"),
    w("55=A|268=1|269=0|270=1|noise"),
    w("55=A|270=7|268=1|269=0|270=1"),
    w("55=A|268=1|269=0|278=|270=1"),
    w("55=A|268=1|269=0|270="),
    s("55=A|132=x"),
    s("55=A|132=1|132=2"),
    s("132=1"),
    s("55=A|132=1|272=20260105|273=10:00:00"),
    s("55=A|132="),
    x("268=1|279=1|269=0|278=a|270=3|55=A"),
    x("268=1|279=2|278=a|55=A"),
    x("268=1|279=0|269=1|270=7|55=B"),
    x("268=1|279=2|269=0|270=1.5|55=A"),
    x("268=1|279=2|269=J|55=A"),
    x("893=N|268=1|279=0|55=C|269=0|270=5"),
    fix.market_data("296=1|302=1|295=1|299=1|55=A|132=1", kind="i"),
    w(f"55=A|268=1|269=0|270=1|58={'long ' * 12}" + f"|58={'long ' * 12}" * (LONGEST_DEFERRED // 60)),
]


Found = tuple[list[object], list[object], list[object]]
"""Quotes, statuses and refusals, each with the number of its message."""


def plainly(reader: MarketDataReader, messages: list[tuple[int, bytes]]) -> Found:
    """What messages say, one by one."""
    found = [(place, reader.read(Message(raw))) for place, raw in messages]
    return (
        [(place, quote) for place, each in found for quote in each.quotes],
        [(place, status) for place, each in found for status in each.statuses],
        [(place, refused) for place, each in found for refused in each.refused],
    )


def by_columns(reader: MarketDataReader, dialect: Dialect, buffer: bytes, table: SymbolTable) -> Found | None:
    """The same, quotes by columns; None where that cannot be."""
    found = scan(buffer)
    columns = None if found is None else read_quotes_of(found, reader, dialect, table)
    if found is None or columns is None:
        return None
    defer_books(columns, 0, len(columns.messages), reader, table)
    every = np.arange(len(columns.messages))
    quotes: list[object] = [*zip(columns.messages.tolist(), quotes_at(columns, every, table), strict=True)]
    raws = map(found.raw, range(len(found.firsts)))
    others = [each for each in enumerate(raws) if value_of(each[1], b"35") not in {b"W", b"S"}]
    none, statuses, refused = plainly(reader, others)
    assert none == []
    return quotes, statuses, refused


def agree(dialect: Dialect, pieces: list[bytes]) -> int:
    """Read pieces both ways, which must give the same; how many were read by columns."""
    table = SymbolTable(1000)
    reader, plain = MarketDataReader(dialect), MarketDataReader(dialect)
    columns = 0
    for buffer in pieces:
        messages = [buffer[slice(*span)] for span in split(buffer, 0, len(buffer)).messages]
        expected = plainly(plain, list(enumerate(messages)))
        found = by_columns(reader, dialect, buffer, table)
        columns += found is not None
        assert (found or plainly(reader, list(enumerate(messages)))) == expected
    return columns


@given(
    st.sampled_from(DIALECTS), st.lists(st.lists(st.sampled_from([*GOOD, *EDGES]), max_size=4), max_size=6)
)
@example(DIALECTS[0], [[GOOD[2]], [x("268=1|279=2|278=b|55=A")], [x("268=1|279=0|269=1|278=c|270=3|55=A")]])
def test_columns_and_the_plain_reader_agree(dialect: Dialect, pieces: list[list[bytes]]) -> None:
    """The same quotes, statuses and refusals, also of updates to books that were refreshed by columns."""
    agree(dialect, [b"".join(piece) for piece in pieces])


@pytest.mark.parametrize("message", EDGES)
def test_edges_among_good_messages(message: bytes) -> None:
    """Each kind of doubt by itself, then updates of the books that are there, in every dialect."""
    updates = [x(f"268=1|279=1|269=0|278=a|270=3|55={symbol}") for symbol in "ABC"]
    for dialect in DIALECTS:
        agree(dialect, [GOOD[0] + message + GOOD[1], *updates])
        agree(dialect, [GOOD[0], message, *updates, GOOD[2], *updates])


@pytest.mark.parametrize("seed", range(3))
def test_mutated_messages_are_read_alike(seed: int) -> None:
    """Damaged messages, five at once."""
    messages = list(mutated(seed, 200))
    pieces = [b"".join(messages[start : start + 5]) for start in range(0, len(messages), 5)]
    for dialect in DIALECTS:
        agree(dialect, pieces)


def test_good_messages_are_all_in_columns() -> None:
    """The plain reader is asked about none of their quotes."""
    for dialect in (Dialect(), Dialect(symbol="55+65"), Dialect(books="price")):
        assert agree(dialect, [b"".join(GOOD * 10)] * 2) == 2
    assert agree(Dialect(books="level"), [b"".join(GOOD)]) == 0
    assert agree(Dialect(), [b"".join(CORPUS)]) == 0


def test_symbols_beyond_the_bound_are_left_to_the_plain_reader() -> None:
    """It says which have no room."""
    found = scan(s("55=A|132=1") + s("55=B|132=1"))
    assert found is not None
    reader = MarketDataReader(Dialect())

    assert read_quotes_of(found, reader, Dialect(), SymbolTable(1)) is None
    assert read_quotes_of(found, reader, Dialect(), SymbolTable(2)) is not None
