"""Numbers for symbols, whatever their padding and however many there are."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from shared.wire.symbol_table import FULL, INVALID, SymbolTable

VISIBLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E)


def rows_of(*padded: bytes) -> NDArray[np.void]:
    """Frames of one length that hold these symbols, with as much behind them as real frames have."""
    width = len(padded[0])
    rows = np.zeros(len(padded), [("size", ">u4"), ("symbol", f"V{width}"), ("rest", "V37")])
    rows["symbol"] = np.frombuffer(b"".join(padded), f"V{width}")
    return rows.view([("size", ">u4"), ("symbol", f"S{width}"), ("rest", "V37")])


@given(st.lists(st.tuples(st.text(VISIBLE, min_size=1, max_size=16).map(str.encode), st.integers(0, 16))))
def test_padding_makes_no_difference(symbols: list[tuple[bytes, int]]) -> None:
    """A symbol has one number, the next free one when it is new, whatever spaces are around it."""
    table = SymbolTable(1000)
    names = list(dict.fromkeys(name for name, _ in symbols))

    for name, width in symbols:
        for padded in (name.rjust(width), name.ljust(width), name.center(width)):
            assert table.number(padded) == table.numbers(rows_of(padded))[0] == names.index(name)

    assert table.names == names


@pytest.mark.parametrize("width", range(1, 17))
def test_columns_number_as_one_by_one(width: int) -> None:
    """A column of symbols of any width, valid ones and others, gets the numbers that each gets alone."""
    letters = [b"A", b"B", b" ", b"\0"]
    symbols = [b"".join(each).rjust(width, b"X")[-width:] for each in product(letters, repeat=min(width, 4))]
    one_by_one, together = SymbolTable(1000), SymbolTable(1000)

    alone = [one_by_one.number(symbol) for symbol in symbols]

    assert together.numbers(rows_of(*symbols)).tolist() == alone
    assert together.numbers(rows_of(*symbols[::-1])).tolist() == alone[::-1]
    assert together.names == one_by_one.names


def test_very_many_symbols_keep_their_numbers() -> None:
    """After 20,000 symbols, which takes the hash table through its growth, each still has its own number."""
    table = SymbolTable(20_000)
    names = [b"%05d" % n for n in range(20_000)]

    assert table.numbers(rows_of(*names)).tolist() == list(range(20_000))
    assert table.numbers(rows_of(*names[::-1])).tolist() == list(range(20_000))[::-1]
    assert table.number(b"  19999 ") == 19_999


@pytest.mark.parametrize("width", [6, 12])
def test_known_symbols_are_found_together(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many others lie where they would: none is resolved alone once it is known."""
    table = SymbolTable(20_000)
    rows = rows_of(*(b"%05d" % n + b"X" * (width - 5) for n in range(20_000)))
    numbers = table.numbers(rows).tolist()
    monkeypatch.delattr(SymbolTable, "number")
    assert table.numbers(rows).tolist() == numbers == list(range(20_000))


@pytest.mark.parametrize("bad", [b"    ", b"A B ", b"A\0  ", b"\xc3\xa9AB", b"\x7fABC", b"A\tBC"])
def test_what_is_no_symbol_gets_no_number(bad: bytes) -> None:
    """Emptiness, an inner space, and what is not printable ASCII are no symbols, and take no room."""
    table = SymbolTable(10)

    assert table.number(bad) == INVALID
    assert table.numbers(rows_of(bad, b"GOOD", bad)).tolist() == [INVALID, 0, INVALID]
    assert len(table) == 1


def test_a_full_table_takes_known_symbols_only() -> None:
    """A new symbol beyond the limit gets no number; the known ones, padded anew, keep theirs."""
    table = SymbolTable(2)

    assert table.numbers(rows_of(b"AAA ", b"BBB ", b"CCC ", b" AAA", b"DDD ")).tolist() == [
        0,
        1,
        FULL,
        0,
        FULL,
    ]
    assert not table.room
    assert table.number(b"CCC") == FULL
    assert table.number(b"  BBB  ") == 1
    assert table.names == [b"AAA", b"BBB"]


@pytest.mark.parametrize("name", [b"A B", b"AAPL  251219C00200000", b"ABCDEFGHIJKLMNOPQ"])
def test_what_only_a_stream_can_name_stays_impossible_in_frames(name: bytes) -> None:
    """A symbol with an inner space or of more than 16 characters has a number, and no frame gets it."""
    table = SymbolTable(2)

    assert (table.number_of(name), table.number_of(b"BTU"), table.number_of(name)) == (0, 1, 0)
    assert table.number(name) == INVALID
    if len(name) <= 16:
        assert table.numbers(rows_of(name)).tolist() == [INVALID]
    assert table.number(b" BTU") == 1
    assert table.number_of(b"MORE") == FULL
    assert table.names == [name, b"BTU"]


def test_playing_with_padding_does_not_fill_the_memory() -> None:
    """However often one symbol is padded in another way, few forms are remembered and the number stays."""
    table = SymbolTable(5)
    forms = [(b" " * before + b"A").ljust(width) for width in range(1, 17) for before in range(width)]

    for form in forms * 3:
        assert table.number(form) == 0
        assert table.numbers(rows_of(form)).tolist() == [0]
        assert table.forms <= 20
