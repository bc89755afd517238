"""FIX orders by columns: the same as by the plain decoder, whatever is in the buffer."""

import math
import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.wire.fix.columns.decimals import parse_decimals, parse_digits
from shared.wire.fix.columns.orders import OrderColumns, read_orders_of
from shared.wire.fix.columns.scan import PADDING, scan, whole_end
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.framing import split
from shared.wire.fix.message import Message
from shared.wire.fix.orders import FixOrder, read_orders
from shared.wire.symbol_table import SymbolTable
from tests.support import fix
from tests.support.fix_mutations import CORPUS, mutated

pytestmark = pytest.mark.slow

DIALECTS = [Dialect(), Dialect(symbol="48"), Dialect(symbol="55+65")]
DIALECT = st.sampled_from(DIALECTS)
GOOD = [
    fix.order(),
    fix.order("55=IBM|54=2|38=0.5|44=-1.25|11=B", kind="G"),
    fix.order("48=US1234567890|55=X|54=3|40=1|44=0|1=A"),
    fix.order("55=ABCDEFGHIJKLMNOP|54=6|38=|152=1000.5|99=3."),
    fix.message("35=0|34=8"),
    fix.message("35=AE|34=9|55=X"),
]
"""Messages about which there is no doubt."""
EDGES = [
    "55= BTU |54=1",
    "55=A B|54=1",
    "55=[N/A]|48=U|54=1",
    "55=ABCDEFGHIJKLMNOPQ|54=1",
    "55=|48=U|54=1",
    "55=BTU|54=1|55=IBM",
    "55=BTU|54=1|54=2",
    "55=BTU|54=1|38=1|38=2",
    "55=BTU|54=11",
    "55=BTU|54=Z",
    "55=BTU|54=",
    "55=BTU|54=1|44=1e5",
    "55=BTU|54=1|44=0.1234567890123456789",
    "55=BTU|54=1|44=9007199254740993",
    "55=BTU|54=1|44=1.2.3",
    "55=BTU|54=1|44=.",
    "55=BTU|54=1|44=-",
    "55=BTU|54=1|44=-.5",
    "55=BTU|54=1|44=+5",
    "55=BTU|54=1|40=1|44=x",
    "55=BTU|54=1|40=11|44=7",
    "55=BTU|54=1|38=--1",
    "55=BTU|54=1|99=x",
    "55=BTU|54=1|152=x",
    f"55=BTU|54=1|60={'1' * 36}",
    f"55=BTU|54=1|11={'X' * 65}",
    f"55=BTU|54=1|58={'long ' * 30}",
    "55=BTU|54=1|58=é",
    "55=BTU|54=1|95=5|96=a\x0110=",
    "55=BTU|54=1|95=3|96=a=\x01|58=b",
    "55=BTU|54=1|95=7|96=x\x0138=77",
    "55=BTU|54=1|noise",
    "55=BTU|54=1||58=x",
    "55=BTU|54=1|65=B",
    "55=BTU|54=1|longertag=1",
    "55=BTU|54=1|453=1|448=P|452=24",
    "55=BTU|54=1|11=a=b",
    "noise|=",
    "55=BTU|54=1|44=-0",
    "55=BTU|54=1|1=x\x7fy",
    "55=BTU|54=1|8=FIX.4.4",
    "55=BTU|54=1|10=000|58=x",
    "55=BTU|54=1|152=5\x0195=1",
]
MESSAGES = [*GOOD, *CORPUS, *(fix.order(fields) for fields in EDGES)]
BETWEEN = [b"", b"noise", b"8=FIX.4.4\x019=5\x0135=D\x01"]


def by_columns(buffer: bytes, dialect: Dialect, table: SymbolTable) -> OrderColumns | None:
    """The orders in columns, each compared with what the plain decoder makes of its message."""
    found = scan(buffer[: whole_end(buffer)])
    if found is None:
        return None
    spans = split(buffer, 0, len(buffer)).messages
    assert [tuple(span) for span in found.spans().tolist()] == spans
    columns = read_orders_of(found, dialect.symbol, table)
    for row, message in enumerate(columns.messages.tolist()):
        raw = found.raw(message)
        assert raw == buffer[slice(*spans[message])]
        (order,) = read_orders(Message(raw), dialect)
        assert isinstance(order, FixOrder)
        start, end = columns.accounts[row].tolist()
        assert table.names[columns.symbols[row]] == order.order.symbol
        assert columns.sides[row] == order.order.side
        assert bits(columns.quantities[row]) == bits(order.order.quantity)
        assert bits(columns.prices[row]) == bits(order.order.price)
        assert found.text[start:end].tobytes() == order.order.account
        more = (order.details.stop_price, order.details.cash_quantity)
        is_market = order.details.order_type == b"1"
        assert columns.is_special[row] == (is_market or any(each is not None for each in more))
    return columns


def bits(number: float | None) -> bytes:
    """A double's bits; those of NaN for None."""
    return struct.pack(">d", math.nan if number is None else number)


@given(
    DIALECT,
    st.lists(st.tuples(st.sampled_from(MESSAGES), st.sampled_from([*[b""] * 20, *BETWEEN])), max_size=20),
    st.integers(0, 250),
)
@example(DIALECTS[0], [(fix.order("55=BTU|54=1|10=000|58=x"), b""), (GOOD[0], b"")], 0)
def test_columns_and_the_plain_decoder_agree(
    dialect: Dialect, parts: list[tuple[bytes, bytes]], cut: int
) -> None:
    """What is in columns is an order, and the same to the bit; other messages are nowhere in them."""
    buffer = b"".join(message + between for message, between in parts)
    by_columns(buffer[: max(0, len(buffer) - cut)], dialect, SymbolTable(1000))


@pytest.mark.parametrize("fields", EDGES)
def test_edges_among_good_messages(fields: str) -> None:
    """Each kind of doubt by itself, between good messages, in every dialect."""
    for dialect in DIALECTS:
        by_columns(GOOD[0] + fix.order(fields) + GOOD[1], dialect, SymbolTable(1000))


@pytest.mark.parametrize("seed", range(3))
def test_mutated_messages_are_read_alike(seed: int) -> None:
    """Damaged messages, a piece of three at once."""
    messages = list(mutated(seed, 1000))
    scanned = 0
    for start in range(0, len(messages), 3):
        buffer = b"".join(messages[start : start + 3])
        for dialect in DIALECTS:
            scanned += by_columns(buffer, dialect, SymbolTable(1000)) is not None
    assert scanned > 100


def test_good_messages_are_all_in_columns() -> None:
    """The plain decoder need not look at any of them, and other messages are passed by."""
    table = SymbolTable(1000)
    columns = by_columns(b"".join(GOOD * 10), Dialect(), table)

    assert columns is not None
    assert columns.messages.tolist() == [6 * row + place for row in range(10) for place in range(4)]
    assert sorted(table.names) == [b"ABCDEFGHIJKLMNOP", b"BTU", b"IBM", b"X"]
    assert [math.isnan(price) for price in columns.prices[:4]] == [False, False, True, True]


def test_symbols_beyond_the_bound_are_left_to_the_plain_decoder() -> None:
    """It alone says that there is no room for them."""
    columns = by_columns(fix.order("55=A|54=1") + fix.order("55=B|54=1"), Dialect(), SymbolTable(1))

    assert columns is not None
    assert columns.messages.tolist() == [0]


def test_an_account_of_a_party_is_left_to_the_plain_decoder() -> None:
    """Which of several parties it is that names the account takes a closer look."""
    party = "453=1|448=P|452=24"
    buffer = fix.order(f"55=A|54=1|{party}") + fix.order(f"55=A|54=1|1=X|{party}")
    columns = by_columns(buffer, Dialect(), SymbolTable(9))

    assert columns is not None
    assert columns.messages.tolist() == [1]


def test_an_unfinished_message_waits() -> None:
    """Wherever it is cut, what is before it is read by columns, and it is left for the next piece."""
    for cut in range(len(GOOD[1]) + 1):
        buffer = GOOD[0] + GOOD[1][:cut]
        whole = 1 + (cut == len(GOOD[1]))
        columns = by_columns(buffer, Dialect(), SymbolTable(10))
        assert columns is not None
        assert len(columns.messages) == whole
        assert whole_end(buffer) == len(GOOD[0]) + (whole - 1) * cut


def test_what_is_refused_takes_no_number() -> None:
    """A symbol of an order without a side uses up no room."""
    table = SymbolTable(1000)
    by_columns(fix.order("55=NONE"), Dialect(), table)

    assert table.names == []


@given(st.lists(st.from_regex(rb"\A-?[0-9]{0,12}(\.[0-9]{0,12})?\Z") | st.binary(max_size=20), max_size=20))
@example(
    [
        b"0.1",
        b"7.3785690282684228",
        b"113.1152089193191",
        b"-0",
        b"",
        b"9007199254740993",
        b"0." + b"0" * 15 + b"1",
    ]
)
def test_decimals_are_those_of_float(texts: list[bytes]) -> None:
    """Where the columns are sure, to the bit; and they are sure of short plain decimals."""
    text = np.frombuffer(b"".join(texts) + PADDING, np.uint8)
    ends = np.cumsum([len(each) for each in texts], dtype=np.intp)
    starts = ends - np.array([len(each) for each in texts], np.intp)
    values, is_right = parse_decimals(text, starts, ends)

    for raw, value, right in zip(texts, values.tolist(), is_right.tolist(), strict=True):
        if right:
            assert bits(value) == bits(float(raw) if raw else None)
        plain = raw.removeprefix(b"-").replace(b".", b"", 1)
        assert right or not (plain.isdigit() and len(plain) <= 15)


@given(st.lists(st.from_regex(rb"\A[0-9]{0,10}\Z") | st.binary(max_size=10), max_size=20))
def test_whole_numbers_are_those_of_int(texts: list[bytes]) -> None:
    """1 to 9 digits, and nothing else."""
    text = np.frombuffer(b"".join(texts) + PADDING, np.uint8)
    ends = np.cumsum([len(each) for each in texts], dtype=np.intp)
    starts = ends - np.array([len(each) for each in texts], np.intp)
    values, is_right = parse_digits(text, starts, ends, 9)

    assert is_right.tolist() == [1 <= len(raw) <= 9 and raw.isdigit() for raw in texts]
    assert values[is_right].tolist() == [
        int(raw) for raw, right in zip(texts, is_right, strict=True) if right
    ]


@pytest.mark.parametrize(
    "buffer",
    [
        b"",
        b"noise",
        GOOD[0][:-1],
        GOOD[0] + b"noise\x01",
        b"\x01" + GOOD[0],
        GOOD[0] + fix.order(begin="FIX.4.2"),
        GOOD[0] + fix.order(begin="FIX.4.45"),
        GOOD[0][:-4] + b"000\x01",
        GOOD[0][:-4] + b"0" + GOOD[0][-4:],
        fix.finished(b"35=D\x0155=X\x01", length=9),
        fix.finished(b"34=D\x0155=X\x01"),
        fix.finished(b"35=D\x0155=X\x01").replace(b"9=10", b"9=1x"),
        fix.finished(b""),
        fix.order(begin="FIX=4.4"),
    ],
)
def test_unusual_framing_is_left_to_the_plain_one(buffer: bytes) -> None:
    """There is no scan where anything about lengths, sums, or the first three fields is not as usual."""
    assert scan(GOOD[0]) is not None
    assert scan(buffer) is None
