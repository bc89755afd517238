"""Rows as frames: the same as `Order.encode` and `Quote.encode` make, and the same ones refused."""

from collections.abc import Sequence

from hypothesis import example, given
from hypothesis import strategies as st

from market_spread.order import SIDES, Order
from market_spread.quote import Quote
from market_spread.status import Status
from services.cli.files.rows import Place, RefusedRow, RowKind, Rows
from services.cli.sending.frame_columns import encode

TIMES = st.sampled_from([b"20260105-14:30:00.000", b"20260105-14:30:00", b""])
SYMBOLS = st.sampled_from([b"BTU", b"BRK.B", b"A" * 16, b"A" * 17, b"A B", b"X"])
NUMBERS = st.sampled_from([b"1", b"-2.50", b"", b"1e3"])
ACCOUNTS = st.sampled_from([b"7", b"0", b"4294967295", b"4294967296", b"007", b"", b"DESK", b"-1", b"+1"])
IDS = st.sampled_from([b"", b"A-1", b"123456", b"1234567"])
ORDERS = st.tuples(IDS, ACCOUNTS, st.sampled_from(list(SIDES)), SYMBOLS, NUMBERS, NUMBERS, TIMES)
STATUSES = st.tuples(SYMBOLS, st.sampled_from([b"0", b"6"]), NUMBERS, NUMBERS, TIMES)
QUOTES = st.tuples(SYMBOLS, NUMBERS, NUMBERS, TIMES)
GOOD = (b"A-1", b"7", b"buy", b"BTU", b"1", b"2", b"20260105-14:30:00.000")


def rows_of(kind: RowKind, rows: list[tuple[bytes, ...]]) -> Rows:
    return Rows(kind, "x", list(zip(*rows, strict=True)), lambda row: Place("line", row))


def number(text: bytes) -> float | None:
    return float(text) if text else None


def check(kind: RowKind, rows: list[tuple[bytes, ...]], messages: Sequence[Order | Quote | Status]) -> None:
    """Compare with what the client's codec makes of the same messages."""
    right, wrong = [], []
    for place, message in enumerate(messages):
        try:
            right.append(message.encode())
        except ValueError as error:
            wrong.append((place, f"{error} (--to-stream)"))
    refused: list[RefusedRow] = []
    frames = encode(rows_of(kind, rows), refused.append)
    assert frames == (len(right), b"".join(right))
    assert [(row.place.number, row.text) for row in refused] == wrong
    assert all(row.text.startswith(f"{row.reason} ") for row in refused)


@given(st.lists(ORDERS, min_size=1, max_size=3))
@example([GOOD])
@example([GOOD, (*GOOD[:3], b"GOOGL", *GOOD[4:])])
@example([GOOD, (b"A-2", b"007", *GOOD[2:])])
@example([GOOD, (b"A-2", b"4294967296", *GOOD[2:])])
@example([GOOD, (b"A-2", b"-1", *GOOD[2:])])
def test_orders(rows: list[tuple[bytes, ...]]) -> None:
    """Orders: all at once where all fit, one by one where one may not."""
    check("orders", rows, [Order(SIDES[s], a, i, y, number(q), number(p), t) for i, a, s, y, q, p, t in rows])


@given(st.lists(QUOTES, min_size=1, max_size=3))
@example([(b"BTU", b"1", b"2", b"20260105-14:30:00.000")])
def test_quotes(rows: list[tuple[bytes, ...]]) -> None:
    """Quotes: the same."""
    check("quotes", rows, [Quote(y, t, number(b), number(o)) for y, b, o, t in rows])


@given(st.lists(STATUSES, min_size=1, max_size=3))
@example([(b"BTU", b"1", b"", b"2", b"20260105-14:30:00.000")])
def test_statuses(rows: list[tuple[bytes, ...]]) -> None:
    """Statuses: the same."""
    check("statuses", rows, [Status(y, t, int(s), number(b), number(h)) for y, s, b, h, t in rows])


def test_what_is_refused_names_the_way() -> None:
    """A row that no frame can hold is refused with its field, and where it would fit."""
    refused: list[RefusedRow] = []
    assert encode(rows_of("orders", [(b"", b"DESK-7", *GOOD[2:])]), refused.append).frames == 0
    (row,) = refused
    assert (row.reason, str(row.place)) == ("account", "line 0")
    assert row.text == (
        "account 'DESK-7': a frame has room for a number from 0 to 4294967295; "
        "a Redis stream takes it (--to-stream)"
    )
