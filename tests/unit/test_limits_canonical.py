"""The canonical form: it says everything, is read back as it was, and what is damaged is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.market.limits.file import presets
from shared.market.limits.file.canonical import canonical, hash_of, read_canonical
from shared.market.limits.file.mistakes import WrongLimits
from shared.market.limits.file.read_file import read_limits
from shared.market.limits.values import LimitsVersion, Preset, Steps
from tests.support.limits_files import WHOLE, one_class

TEXT = canonical(read_limits(WHOLE.encode()))


def back(text: str, number: int) -> LimitsVersion:
    """A canonical form, read back with the hash that it has."""
    return read_canonical(text, number, hash_of(text))


def test_it_is_read_back_as_it_was() -> None:
    """Nothing is lost, and the number is the one that it was published under."""
    version = back(TEXT, 3)

    assert version.number == 3
    assert canonical(version) == TEXT
    assert back(TEXT, 0) == read_limits(WHOLE.encode())


def test_it_is_one_line_of_ascii() -> None:
    """As a value of Redis, and in every log."""
    text = canonical(read_limits(WHOLE.replace("every key", "jeder Schlüssel").encode()))

    assert text.isascii()
    assert text.isprintable()
    assert back(text, 1).comment == "jeder Schlüssel that there is"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('tiers = "off"', "tiers = 'off'"),
        ("2026-11-25T16:00:00-05:00", "2026-11-25T21:00:00Z"),
        ("2026-11-25T16:00:00-05:00", '"2026-11-25T22:00:00+01:00"'),
        ('"mon-fri"', '"fri,mon,tue,wed-thu"'),
        ('auction = "pass"\n', ""),
        ('multiplier = "1"\n', ""),
        ('multiplier = "1"\n', "multiplier = 1\n"),
        (', use = "larger"', ""),
        ('["2026-12-25"]', "[2026-12-25]"),
        ("[class.stale]", "# not every feed speaks each second\n[class.stale]"),
    ],
)
def test_the_same_said_differently(old: str, new: str) -> None:
    """What is left out, how a time is written, comments: they do not change the hash."""
    assert old in WHOLE

    assert canonical(read_limits(WHOLE.replace(old, new, 1).encode())) == TEXT


def test_a_hash_of_what_is_said() -> None:
    """The hash is that of the text, and other limits have another one."""
    other = canonical(read_limits(WHOLE.replace('"0.02"', '"0.03"', 1).encode()))

    assert hash_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert len({hash_of(TEXT), hash_of(other)}) == 2


def test_the_order_of_windows_is_kept() -> None:
    """The first window that fits wins, so their order is part of what is said."""
    both = ['a = ["10:00-12:00"]', 'b = ["11:00-13:00"]']
    texts = [
        canonical(read_limits(one_class("", '[session.s]\nzone = "UTC"\n' + "\n".join(lines)).encode()))
        for lines in (both, both[::-1])
    ]

    assert texts[0] != texts[1]
    assert [list(back(text, 1).sessions["s"].windows) for text in texts] == [["a", "b"], ["b", "a"]]


def test_a_preset_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The canonical form has a preset's numbers, source and date, and keeps them whatever a release knows."""
    tiers = json.loads(TEXT)["class"][1]["tiers"]
    monkeypatch.setattr(presets, "WIDTHS", {})

    version = back(TEXT, 1)

    assert tiers["preset"] == "options-quote-width"
    assert "Cboe rule 8.7" in tiers["source"]
    assert tiers["date"] == "not dated"
    assert tiers["steps"][1] == {"from": "2", "spread": "0.40"}
    kept = version.classes[1].rules.tiers
    assert kept is not None
    assert kept.preset == Preset(tiers["preset"], tiers["source"], tiers["date"])


def test_a_file_cannot_make_up_a_preset() -> None:
    """Source and date are those of the table that we know; a file cannot write its own under that name."""
    text = one_class("", keys='tiers = { preset = "options-quote-width", source = "mine", steps = [] }')

    with pytest.raises(WrongLimits, match="unknown key"):
        read_limits(text.encode())


@pytest.mark.parametrize(
    ("strange", "said"),
    [
        ("", "not JSON"),
        ("{}", "format: missing"),
        ("null", "a table is expected, not nothing"),
        ("[]", "a table is expected, not an empty list"),
        ("[" * 100_000, "not JSON"),
        (TEXT[:-1], "not JSON"),
        (
            TEXT.replace('"0.02"', '"0.020000000000000001"'),
            "class[1].tiers[1].spread: a decimal number of at most 15",
        ),
        (TEXT.replace('"0.02"', "0.02"), "class[1].tiers[1].spread: a decimal number is expected, not 0.02"),
        (TEXT.replace('"format":1', '"format":2'), "format: 1 is the only format that there is"),
        (TEXT.replace('"format":1', '"format":true'), "format: 1 is the only format that there is"),
        (TEXT.replace('"source"', '"sauce"'), 'class[2].tiers.sauce: unknown key; is "source" meant?'),
        (TEXT.replace("us-equity", "us equity"), 'class[1].name: "us equity" is no name'),
        (TEXT.replace('"2026-12-25"', "20261225"), "session.us.closed_on[1]: a date such as"),
    ],
)
def test_what_we_would_not_have_written_is_refused(strange: str, said: str) -> None:
    """Whatever has the right hash but is nothing that we know is refused, and it is said why."""
    with pytest.raises(WrongLimits) as raised:
        back(strange, 1)

    assert said in str(raised.value)


@given(st.integers(0, len(TEXT) - 1), st.characters(codec="utf-8"))
def test_any_other_character_is_noticed(place: int, character: str) -> None:
    """A version with one character changed is damaged, wherever it is."""
    text = TEXT[:place] + character + TEXT[place + 1 :]
    if text == TEXT:
        return

    with pytest.raises(WrongLimits, match="damaged: its SHA-256 is not"):
        read_canonical(text, 1, hash_of(TEXT))


def test_the_presets() -> None:
    """Each table has its source and date, and ascends."""
    tables: list[Steps[object]] = [
        table  # type: ignore[misc]
        for known in (presets.WIDTHS, presets.COLLARS, presets.TICKS)
        for table in known.values()
    ]
    for table in tables:
        begins = [begin for begin, _ in table.steps]
        assert begins == sorted(set(begins))
        assert table.preset is not None
        assert all(table.preset)
    assert len(tables) == 8
    assert [
        (str(begin), str(width.spread)) for begin, width in presets.WIDTHS["options-open-index"].steps
    ] == [
        ("0", "0.75"), ("2", "1"), ("5", "1.50"), ("10", "3"), ("20", "6"), ("40", "12"), ("80", "18"),
        ("200", "22"),
    ]  # fmt: skip
