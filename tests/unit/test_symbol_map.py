"""The file of what others call symbols."""

from pathlib import Path

import pytest

from shared.market.symbol_map import parse_symbol_map, read_symbol_map


def test_names_are_read_as_csv_has_them() -> None:
    """With spaces inside, quoted, around; empty lines are none; the same line twice is once."""
    lines = [
        "theirs,ours\n",
        "BTC-USD,BTCUSD\n",
        '"AAPL  251219C00200000 ",A\n',
        "\n",
        " BTC-USD , BTCUSD \n",
    ]
    assert parse_symbol_map(lines) == {b"BTC-USD": b"BTCUSD", b"AAPL  251219C00200000": b"A"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "line 1: the header has to be theirs,ours"),
        ("a,b\n", "line 1: the header has to be theirs,ours, not 'a,b'"),
        ("theirs,ours\nA\n", "line 2: 1 cells instead of 2"),
        ("theirs,ours\nA,B\n\nC, \n", "line 4: ' ' is no symbol"),
        (f"theirs,ours\nA,{'B' * 65}\n", "line 2: 'BBB"),
        ("theirs,ours\nA,\u20ac\n", "line 2: '\u20ac' is no symbol"),
        ("theirs,ours\nA,B\nA,C\n", "line 3: A is B in a line before, and C here"),
    ],
)
def test_what_is_wrong_is_named_by_its_line(tmp_path: Path, text: str, what: str) -> None:
    """And by the file."""
    path = tmp_path / "symbols.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"symbols\.csv") as error:
        read_symbol_map(path)
    assert what in str(error.value)


def test_a_mark_of_utf8_at_the_front_is_no_part_of_the_header(tmp_path: Path) -> None:
    """Spreadsheets write one."""
    path = tmp_path / "symbols.csv"
    path.write_text("theirs,ours\nA,B\n", encoding="utf-8-sig")
    assert read_symbol_map(path) == {b"A": b"B"}
