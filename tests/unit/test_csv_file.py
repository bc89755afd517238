"""CSV files: which column is which, what rows say, and what is refused."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.files.csv_columns import find_columns
from services.cli.files.csv_file import CsvFile
from services.cli.files.rows import UnreadableFileError
from tests.support.files import read_csv, refused, rows_of, texts_of

ORDER = (b"1a2b3c4d-0000-4000-8000-1234567890ab", b"DESK-7/ALGO 2", b"sell_short", b"AAPL  251219C00200000",
         b"100", b"", b"2026-01-05T14:30:00.123456Z")  # fmt: skip


@pytest.mark.parametrize(
    ("header", "kind", "found"),
    [
        ("order_id,account,side,symbol,quantity,price,transact_time", "orders", (0, 1, 2, 3, 4, 5, 6)),
        ("ClOrdID,Acct,Side,Ticker,Qty,Limit Price,Timestamp", "orders", (0, 1, 2, 3, 4, 5, 6)),
        (" time , SYM , B/S ,size", "orders", (None, None, 2, 1, 3, None, 0)),
        ("symbol,bid,offer,transact_time", "quotes", (0, 1, 2, 3)),
        ("ts_event,symbol,bid_px_00,ask_px_00", "quotes", (1, 2, 3, 0)),
        ("Instrument,Best Bid", "quotes", (0, 1, None, None)),
    ],
)
def test_columns_are_guessed(header: str, kind: str, found: tuple[int | None, ...]) -> None:
    """Common names are known, whatever their case; a side makes orders, a bid or an offer quotes."""
    columns = find_columns(header.split(","), {}, None)
    assert (columns.kind, columns.places) == (kind, found)


def test_what_the_columns_are_is_said() -> None:
    """Which field comes from which column, and which there are none for."""
    assert str(find_columns(["Ticker", "Side", "Px"], {}, None)) == (
        "orders: side from 'Side', symbol from 'Ticker', price from 'Px'; "
        "without order_id, account, quantity, transact_time"
    )


def test_the_user_knows_better() -> None:
    """--map overrides a guess, and nothing else takes the column that it names."""
    columns = find_columns(
        ["id", "side", "symbol", "price", "limit"], {"limit": "price", "id": "account"}, None
    )
    assert columns.places == (None, 0, 1, 2, None, 4, None)


@pytest.mark.parametrize(
    ("header", "mapped", "said"),
    [
        ("a,b", {}, "no column for a side (of orders) and none for bid or offer (of quotes) among 'a, b'"),
        ("side,price", {}, "no column for symbol among 'side, price': say which with --map THEIRS=symbol"),
        ("symbol,bid,side", {}, "say what its rows are with --what orders or --what quotes"),
        ("symbol,side", {"x": "price"}, "there is no column 'x' (--map), only 'symbol, side'"),
        ("", {}, "no column"),
    ],
)
def test_a_header_that_will_not_do(header: str, mapped: dict[str, str], said: str) -> None:
    """One sentence says what is missing and what to do."""
    with pytest.raises(UnreadableFileError) as caught:
        read_csv(header, mapped)
    assert str(caught.value).startswith("line 1: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("side", "ours"),
    [("Buy", "buy"), ("B", "buy"), ("1", "buy"), (" SELL ", "sell"), ("s", "sell"), ("2", "sell"),
     ("Sell Short", "sell_short"), ("SS", "sell_short"), ("5", "sell_short"), ("6", "sell_short_exempt")],
)  # fmt: skip
def test_sides(side: str, ours: str) -> None:
    """Names, letters and the numbers of FIX, in any case."""
    assert texts_of(read_csv(f"symbol,side\nBTU,{side}"))[0][2] == ours.encode()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_dialects(end: str, delimiter: str, mark: str) -> None:
    """Delimiters, line ends and a byte order mark make no difference, nor does a last line without an end."""
    lines = ["symbol,side,price", "BTU,buy,10.25", "GE,sell, 9 "]
    items = read_csv((mark + end.join(lines)).replace(",", delimiter))
    assert texts_of(items) == [
        (b"", b"", b"buy", b"BTU", b"", b"10.25", b""),
        (b"", b"", b"sell", b"GE", b"", b"9", b""),
    ]


def test_orders_as_desks_have_them() -> None:
    """A long ID, a text as account, an option's symbol, no price, a short sale: as they stand there."""
    text = "order_id,account,side,symbol,quantity,price,transact_time\n" + b",".join(ORDER).decode()
    assert texts_of(read_csv(text)) == [ORDER]


def test_refused_rows() -> None:
    """Each row that is no order is refused by itself, with its line and what is wrong; the others go on."""
    rows = ["BTU,buy,1", "BTU,hold,1", "", '"X\n Y",buy,1', ",buy,1", "BTU,buy", "BTU,sell,nan", "GE,sell,2"]
    text = "\n".join(["symbol,side,price", *rows])
    items = read_csv(text)
    assert [(row[3], place) for _, row, place in rows_of(items)] == [(b"BTU", "line 2"), (b"GE", "line 10")]
    assert refused(items) == [
        "line 3: side: side 'hold' is not one of buy, sell, sell_short, sell_short_exempt",
        "line 5: symbol: symbol 'X\\n Y' is not 1 to 64 printable ASCII characters",
        "line 7: symbol: symbol '' is not 1 to 64 printable ASCII characters",
        "line 8: cells: 2 cells where the header has 3",
        "line 9: number: price 'nan' is not a finite number in decimal",
    ]


CELLS = st.text(st.characters(codec="latin-1", exclude_characters="\r"), max_size=12)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=20), st.integers(1, 40), st.booleans())
def test_any_cells_in_any_portions(rows: list[tuple[str, str]], size: int, quoted: bool) -> None:  # noqa: FBT001
    """What a program has written with csv.writer is read as it was, however the file's bytes come."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL, lineterminator="\n")
    writer.writerow(["symbol", "side", "account", "order_id"])
    writer.writerows([f"S{number}", "buy", *cells] for number, cells in enumerate(rows))
    items = read_csv(text.getvalue().encode("latin-1"), size=size)
    expected = {
        b"S%d" % number: (order_id.strip(" "), account)
        for number, (account, order_id) in enumerate(rows)
        if all(each.isascii() and each.isprintable() for each in (account, order_id))
    }
    assert {row[3]: (row[0].decode(), row[1].decode()) for row in texts_of(items)} == expected
    assert len(texts_of(items)) == len(expected)


def test_a_row_that_goes_on_behind_a_line_end() -> None:
    """A line end in quotes is within a row, also where a portion of the file ends: there is no second row."""
    text = 'symbol,side,account\nBTU,buy,"x\nGE,sell,y"\n'
    for size in range(1, len(text)):
        items = read_csv(text, size=size)
        assert texts_of(items) == []
        assert [each.partition(":")[0] for each in refused(items)] == ["line 2"]


def test_a_row_without_an_end() -> None:
    """Quotes that do not end are an error, and not memory without a bound."""
    file = io.BytesIO(b'symbol,side\n"' + b"x" * (3 << 20))
    with pytest.raises(UnreadableFileError, match="a row is longer than 1,048,576 bytes"):
        list(CsvFile(file, {}, None))
