"""Patterns: what fits them, which list is first, and which patterns cover others."""

import fnmatch
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.market.limits.globs import parse_glob
from shared.market.limits.pattern_table import PatternTable

LETTERS = "AB.-"
texts = st.text(LETTERS, max_size=6)
sets = st.sampled_from(["[AB]", "[!A]", "[A-B]", "[.]", "[!A-B]", "[-A]"])
patterns = st.lists(st.text(LETTERS + "?*", min_size=1, max_size=4) | sets, min_size=1, max_size=4).map(
    "".join
)


def fits(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern."""
    return PatternTable([[pattern]]).first(text) == 0


@pytest.mark.parametrize(
    ("pattern", "fitting", "others"),
    [
        ("IBM", ["IBM"], ["ibm", "IBMX", "IB", ""]),
        ("A?", ["AA", "A.", "A "], ["A", "AAA", "BA"]),
        ("*.N", [".N", "IBM.N"], ["IBM.NX", "IBMN"]),
        ("BRK*", ["BRK", "BRK.B"], ["BR", "XBRK"]),
        ("*", ["", "anything"], []),
        (
            "????????????[CP]????????",
            ["AAPL  261218C00150000"],
            ["AAPL  261218X00150000", "AAPL  261218C0015000"],
        ),
        ("[!A]*", ["B", "BA"], ["A", ""]),
        ("[A-C]1", ["A1", "B1", "C1"], ["D1", "-1"]),
        ("[A-]", ["A", "-"], ["B"]),
        ("[]]", ["]"], ["["]),
        ("[!]]", ["["], ["]"]),
        ("A]", ["A]"], ["A"]),
        ("EUR/USD", ["EUR/USD"], ["EUR-USD"]),
        ("a.c", ["a.c"], ["abc"]),
        ("*A*B", ["AB", "xAyB", "AAB", "ABAB"], ["BA", "ABx"]),
    ],
)
def test_what_fits(pattern: str, fitting: list[str], others: list[str]) -> None:
    """The patterns of the file, case-sensitive and as a whole."""
    assert [text for text in fitting + others if fits(pattern, text)] == fitting


@given(patterns, texts)
@example("*A*A*B", "AABAB")
@example("*A[AB]*", "AA")
def test_it_fits_as_in_a_shell(pattern: str, text: str) -> None:
    """The standard library's matching agrees."""
    assert fits(pattern, text) == fnmatch.fnmatchcase(text, pattern)


@given(st.lists(st.lists(patterns, max_size=4), max_size=5), texts)
def test_the_first_list(lists: list[list[str]], text: str) -> None:
    """Names, prefixes and other patterns together find the first list that fits."""
    right = [
        place
        for place, each in enumerate(lists)
        if any(fnmatch.fnmatchcase(text, pattern) for pattern in each)
    ]
    table = PatternTable(lists)

    assert table.first(text) == (right[0] if right else None)
    assert table.first(text) == (right[0] if right else None)


@given(patterns, patterns, st.lists(texts, min_size=20, max_size=20))
@example("A*", "A?", ["AB"])
@example("?*", "*?", ["", "A"])
@example("*", "[!A]", ["B"])
def test_a_covered_pattern_has_nothing_of_its_own(general: str, special: str, some: list[str]) -> None:
    """If a pattern covers another's witness, every text that fits the other fits it."""
    if fits(general, parse_glob(special).witness()):
        assert all(fits(general, text) for text in some if fits(special, text))


@pytest.mark.parametrize(
    ("general", "special", "covers"),
    [
        ("*", "A?B[CD]*", True),
        ("A*", "A", True),
        ("A*", "AB*", True),
        ("A?", "AB", True),
        ("A?", "A[BC]", True),
        ("*.N", "IBM.N", True),
        ("*.N", "A*.N", True),
        ("AB*", "A*", False),
        ("A?", "A*", False),
        ("A[BC]", "A?", False),
        ("[!A]*", "?*", False),
        ("A", "B", False),
    ],
)
def test_what_covers_what(general: str, special: str, *, covers: bool) -> None:
    """The usual ways in which an earlier class takes all of a later one are recognised."""
    assert fits(general, parse_glob(special).witness()) is covers


def test_many_stars_take_no_time() -> None:
    """A pattern that would be tried in billions of ways by a careless translation is quick."""
    pattern, text = "*A" * 30 + "*B", "A" * 64
    begin = time.process_time()

    assert not fits(pattern, text)
    assert time.process_time() - begin < 1


def test_many_patterns_take_little_time() -> None:
    """With as many patterns as there may be, a symbol's class is found in milliseconds."""
    table = PatternTable([[f"*.{number}"] for number in range(10_000)])
    begin = time.process_time()

    assert [table.first(f"A.{number}") for number in range(0, 10_000, 100)] == list(range(0, 10_000, 100))
    assert table.first("A.x") is None
    assert time.process_time() - begin < 3


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found is forgotten when it is too much, and found again."""
    monkeypatch.setattr("shared.market.limits.pattern_table._REMEMBERED", 10)
    table = PatternTable([["A*"], ["*"]])

    assert [table.first(f"{'AB'[number % 2]}{number}") for number in range(100)] == [0, 1] * 50
    assert table.first("A0") == 0
    assert len(table._found) <= 10
