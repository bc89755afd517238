"""A file of limits: what it says is read, and all that is wrong with it is named by its path."""

import time
import tomllib
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.market.limits.file import presets
from shared.market.limits.file.mistakes import Mistake, WrongLimits
from shared.market.limits.file.node import MOST_MISTAKES
from shared.market.limits.file.read_file import LARGEST_FILE, read_limits, read_tree
from shared.market.limits.session import Span
from shared.market.limits.values import (
    ALERT,
    AccountProfile,
    ClassRules,
    Collar,
    OrderTests,
    Override,
    Policy,
    Stale,
    States,
    Steps,
    Width,
)
from tests.support.limits_files import WHOLE, one_class

pytestmark = pytest.mark.slow


def mistakes_of(text: str) -> tuple[Mistake, ...]:
    """What is wrong with a file."""
    with pytest.raises(WrongLimits) as raised:
        read_limits(text.encode())
    return raised.value.mistakes


def test_everything_that_a_file_says_is_read() -> None:
    """Each key of the whole file is found in the values, numbers with the digits of the file."""
    version = read_limits(WHOLE.encode())

    equity, options, default = version.classes
    assert version.comment == "every key that there is"
    assert version.sessions["us"].zone == "America/New_York"
    assert version.sessions["us"].windows == {"pre": (Span(240, 570),), "open": (Span(570, 960),)}
    assert version.sessions["us"].days == frozenset(range(5))
    assert (equity.name, equity.symbols, equity.session) == ("us-equity", ("IBM", "A?", "*.N"), "us")
    assert equity.absent == (Decimal(0), Decimal("0.0001"), Decimal("199999.99"))
    assert str(equity.rules.tiers) == str(
        Steps(
            (
                (Decimal(0), Width(Decimal("0.02"), Decimal("0.05"))),
                (Decimal(25), Width(Decimal("0.10"), Decimal("0.01"))),
            )
        )
    )
    assert equity.rules.states == States(crossed=Policy("alert", 500))
    assert equity.rules.stale == Stale(60_000, 2000)
    assert equity.rules.order == OrderTests(
        market=Width(Decimal("0.10"), Decimal("0.01")),
        through=Steps(((Decimal(0), Collar(Decimal("0.15"), Decimal("0.05"), "larger")),)),
        away=Steps(((Decimal(0), Collar(None, Decimal("0.20"), "larger")),)),
        bands=True,
        tick=Steps(((Decimal(0), Decimal("0.0001")), (Decimal(1), Decimal("0.01")))),
        max_quantity=Decimal(100_000),
        max_notional=Decimal(5_000_000),
    )
    assert options.multiplier == 100
    assert options.rules.tiers is presets.WIDTHS["options-quote-width"]
    assert default.rules == ClassRules(Steps(((Decimal(0), Width(Decimal("0.05"), Decimal("0.05"))),)))
    assert version.accounts == (
        AccountProfile("retail", ("4???", "57"), Decimal("0.5"), None, Decimal(250_000), "high"),
        AccountProfile("prop", ("9*",), max_quantity=Decimal(500)),
    )
    assert version.overrides == {
        "AIG": Override("AIG", Width(Decimal("0.50"), None), 1_795_640_400_000_000, "earnings")
    }


def test_a_window_replaces_only_what_it_names() -> None:
    """In a window the class's other tests go on, also those beside a replaced one in the same table."""
    equity = read_limits(WHOLE.encode()).classes[0]

    pre = equity.during["pre"]

    assert pre == equity.rules._replace(tiers=None, states=equity.rules.states._replace(crossed=ALERT))


def test_what_a_class_leaves_out() -> None:
    """Without a word the states have their defaults, and nothing else is tested."""
    (only,) = read_limits(one_class("").encode()).classes

    assert only.rules == ClassRules(None, States(), Stale(), OrderTests())
    assert (only.absent, only.session, dict(only.during)) == ((), None, {})
    assert only.multiplier == 1


@pytest.mark.parametrize(
    ("lines", "windows"),
    [
        ('w = ["18:00-17:00"]', {"w": (Span(1080, 1020),)}),
        ('w = ["00:00-24:00"]', {"w": (Span(0, 1440),)}),
        ('w = ["22:00-00:00", "00:00-24:00"]', {"w": (Span(1320, 0), Span(0, 1440))}),
        ('b = ["10:00-11:00"]\na = ["10:30-12:00"]', {"b": (Span(600, 660),), "a": (Span(630, 720),)}),
    ],
)
def test_windows(lines: str, windows: dict[str, tuple[Span, ...]]) -> None:
    """Windows are read in the order of the file, over midnight and up to 24:00 too."""
    version = read_limits(one_class(f'[session.s]\nzone = "UTC"\n{lines}\n').encode())

    assert list(version.sessions["s"].windows.items()) == list(windows.items())


@pytest.mark.parametrize(
    ("days", "read"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("sun-thu", {6, 0, 1, 2, 3}),
        ("mon, wed ,fri", {0, 2, 4}),
        ("sat", {5}),
        ("mon-sun", set(range(7))),
    ],
)
def test_days(days: str, read: set[int]) -> None:
    """Days are single ones and spans, over the end of the week too."""
    text = one_class(f'[session.s]\nzone = "UTC"\ndays = "{days}"\nw = ["09:00-10:00"]')

    assert read_limits(text.encode()).sessions["s"].days == read


@pytest.mark.parametrize(
    ("number", "read"),
    [
        ('"0.10"', "0.10"),
        ("0.10", "0.10"),
        ("5", "5"),
        ("1e3", "1000"),
        ("1_000.5", "1000.5"),
        ('"007"', "7"),
    ],
)
def test_numbers(number: str, read: str) -> None:
    """Numbers are decimal texts, or numbers of TOML in their decimal sense, never doubles."""
    (only,) = read_limits(one_class(f"[class.order]\nmax_quantity = {number}").encode()).classes

    assert str(only.rules.order.max_quantity) == read


# fmt: off
MUTILATED = [
    ("format = 1", "format = 2", "format", "1 is the only format"),
    ("format = 1", "", "format", "missing"),
    ("format = 1", "formta = 1", "formta", 'unknown key; is "format" meant?'),
    ('comment = "every key that there is"', "comment = 5", "comment", "a text is expected, not 5"),
    ('"America/New_York"', '"America/Gotham"', "session.us.zone", "no time zone that this machine knows"),
    ('"America/New_York"', '"../etc"', "session.us.zone", "no time zone"),
    ('"America/New_York"', '"America"', "session.us.zone", "no time zone"),
    ('zone = "America/New_York"', "", "session.us.zone", "missing"),
    ('"mon-fri"', '"mon-fry"', "session.us.days", '"mon-fri" or "mon,wed,fri" is expected'),
    ('"2026-12-25"', '"2026-02-30"', "session.us.closed_on[1]", "a date such as 2026-12-25 is expected"),
    ('pre = ["04:00-09:30"]', 'pre = ["04:00-9:30"]', "session.us.pre[1]", '"04:00-9:30" is no span'),
    ('pre = ["04:00-09:30"]', 'pre = ["04:00-24:30"]', "session.us.pre[1]", "is no span"),
    ('pre = ["04:00-09:30"]', 'pre = ["24:00-09:30"]', "session.us.pre[1]", "is no span"),
    ('pre = ["04:00-09:30"]', 'pre = ["04:00-04:00"]', "session.us.pre[1]", "is no span"),
    ('pre = ["04:00-09:30"]', 'pre = "04:00-09:30"', "session.us.pre", "a list of spans"),
    ('pre = ["04:00-09:30"]', 'closed = ["04:00-09:30"]', "session.us.closed", "another name"),
    ('pre = ["04:00-09:30"]', '"p e" = ["04:00-09:30"]', "session.us.p e", '"p e" is no name'),
    ('name = "us-equity"', 'name = "us equity"', "class[1].name", '"us equity" is no name'),
    ('name = "us-equity"', 'name = "default"', "class[3].name", "is the name of class[1] too"),
    ('name = "us-equity"', "", "class[1].name", "missing"),
    ('"A?"', '"A[B"', "class[1].symbols[2]", "a '[' without its ']'"),
    ('"A?"', '"A[Z-B]"', "class[1].symbols[2]", "the range Z-B is the wrong way round"),
    ('"A?"', '"Ä"', "class[1].symbols[2]", "printable ASCII"),
    ('"A?"', '""', "class[1].symbols[2]", "1 to 200 characters"),
    ('"A?"', f'"{"?" * 65}"', "class[1].symbols[2]", "nothing fits it: 64 characters are the most"),
    ('["IBM", "A?", "*.N"]', "[]", "class[1].symbols", "a list of patterns is expected, not an empty list"),
    ('["IBM", "A?", "*.N"]', '["*"]', "class[2]", 'nothing can reach it: "us-equity" before it takes all'),
    ('symbols = ["*"]', 'symbols = ["?*"]', "class[3].symbols", 'the last class has to have "*"'),
    ('session = "us"', 'session = "eu"', "class[1].session", "there is no [session.eu]"),
    ('"0.0001", "199', '"none", "199', "class[1].absent[2]", "a decimal number of at most 15 digits"),
    ('multiplier = "1"', 'multiplier = "0"', "class[1].multiplier", "a number above zero is expected"),
    ('from = "25"', 'from = "0.0"', "class[1].tiers[2].from", "0.0 is not above 0"),
    ('from = "25", ', "", "class[1].tiers[2].from", "missing"),
    (', spread = "0.10", ratio = "0.01" },\n]', " },\n]", "class[1].tiers[2]", "neither spread nor ratio"),
    ('spread = "0.02"', 'spread = "-0.02"', "class[1].tiers[1].spread", "a number above zero is expected"),
    ('spread = "0.02"', 'spread = "2%"', "class[1].tiers[1].spread", 'is expected, not "2%"'),
    (
        'spread = "0.02"',
        "spread = true",
        "class[1].tiers[1].spread",
        "a decimal number is expected, not true",
    ),
    ('spread = "0.02"', "spread = nan", "class[1].tiers[1].spread", "a decimal number of at most 15 digits"),
    ('spread = "0.02"', 'width = "0.02"', "class[1].tiers[1].width", "unknown key"),
    ('"options-quote-width"', '"options-width"', "class[2].tiers.preset", "is no preset for this"),
    ('"options-quote-width"', '"tick-us-equity"', "class[2].tiers.preset", "is no preset for this"),
    ('tiers = { preset = "options-quote-width" }', "", "class[2].tiers", "missing"),
    ('tiers = { preset = "options-quote-width" }', 'tiers = "on"', "class[2].tiers", 'or "off" is expected'),
    (
        'one_sided = "needed"',
        'one_sided = "maybe"',
        "class[1].states.one_sided",
        "{ after_ms = N } is expected",
    ),
    ('locked = "pass"', 'locked = "needed"', "class[1].states.locked", '"alert", "pass" or { after_ms'),
    (
        'halted = "alert"',
        "halted = { after_ms = 5 }",
        "class[1].states.halted",
        '"alert" or "pass" is expected',
    ),
    ("after_ms = 500", "after_ms = -1", "class[1].states.crossed.after_ms", "a whole number from 0 to"),
    ("after_ms = 500", 'after_ms = "500"', "class[1].states.crossed.after_ms", "a whole number"),
    ("feed_ms = 2000", "feed_ms = 499", "class[1].stale.feed_ms", "a whole number from 500 to"),
    ("quote_ms = 60000", "quote_ms = 0", "class[1].stale.quote_ms", "a whole number from 1 to"),
    (
        'market = { spread = "0.10", ratio = "0.01" }',
        "market = {}",
        "class[1].order.market",
        "neither spread",
    ),
    ('use = "larger"', 'use = "both"', "class[1].order.through.use", '"larger" or "smaller" is expected'),
    ('money = "0.15", ratio = "0.05", ', 'money = "0.15", ', "class[1].order.through.use", "only where both"),
    ('bands = "alert"', "bands = 1", "class[1].order.bands", '"off" or "alert" is expected'),
    ('tick = "0.01" }', 'tick = "0" }', "class[1].order.tick[2].tick", "a number above zero"),
    ('{ from = "1", tick = "0.01" }', '{ from = "1" }', "class[1].order.tick[2].tick", "missing"),
    ('max_quantity = "100000"', 'max_qty = "1"', "class[1].order.max_qty", 'is "max_quantity" meant?'),
    ("[class.during.pre]", "[class.during.post]", "class[1].during.post", "there are pre, open, closed"),
    ('session = "us"', "", "class[1].during", "this class names none"),
    ('accounts = ["9*"]', 'accounts = ["4?0?"]', "account[2]", 'nothing can reach it: "retail" before it'),
    ('tighten = "0.5"', 'tighten = "2"', "account[1].tighten", "1 is the most"),
    ('severity = "high"', 'severity = "low"', "account[1].severity", '"normal" or "high" is expected'),
    ('name = "prop"', 'name = "retail"', "account[2].name", "is the name of account[1] too"),
    ("until = 2026-11-25T16:00:00-05:00", "", "override[1].until", "missing"),
    ("2026-11-25T16:00:00-05:00", "2026-11-25T16:00:00", "override[1].until", "a time with its zone"),
    ("2026-11-25T16:00:00-05:00", '"tonight"', "override[1].until", "a time with its zone"),
    ('why = "earnings"', "", "override[1].why", "missing"),
    ('why = "earnings"', 'why = " "', "override[1].why", "the reason is expected"),
    ('symbol = "AIG"', 'symbol = " AIG"', "override[1].symbol", "without outer spaces"),
    ('spread = "0.50"', "", "override[1]", "neither spread nor ratio"),
    (
        'why = "earnings"',
        'why = "a"\n[[override]]\nsymbol = "AIG"\nratio = "1"\nuntil = 2026-11-25T16:00:00Z\nwhy = "b"',
        "override[2].symbol",
        'there is an override for "AIG" above',
    ),
]
# fmt: on


@pytest.mark.parametrize(("old", "new", "path", "said"), MUTILATED)
def test_each_mistake_is_named_by_its_path(old: str, new: str, path: str, said: str) -> None:
    """A file with one thing spoilt is refused with that mistake, at its place."""
    assert old in WHOLE

    found = mistakes_of(WHOLE.replace(old, new, 1))

    assert [each.path for each in found][:1] == [path], found
    assert said in found[0].text


def test_all_mistakes_are_named_at_once() -> None:
    """Of a file with many mistakes each is told, not only the first."""
    text = WHOLE
    for old, new in [
        ("format = 1", "format = 3"),
        ('"mon-fri"', '"weekdays"'),
        ('name = "us-equity"', 'name = ""'),
        ('from = "25"', 'from = "-25"'),
        ("feed_ms = 2000", "feed_ms = 10"),
        ('tighten = "0.5"', 'tighten = "0"'),
        ('why = "earnings"', ""),
    ]:
        text = text.replace(old, new, 1)

    assert [each.path for each in mistakes_of(text)] == [
        "format",
        "session.us.days",
        "class[1].name",
        "class[1].tiers[2].from",
        "class[1].stale.feed_ms",
        "account[1].tighten",
        "override[1].why",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"format = ", "the file is not TOML: Invalid value (at end of document)"),
        (b"\xff", "the file is not UTF-8: byte 0"),
        (b"a = " + b"[" * 5000, "the file is nested too deeply"),
        (b"format = " + b"1" * 5000, "the file is not TOML"),
        (b"#" * (LARGEST_FILE + 1), f"{LARGEST_FILE} is the most"),
    ],
)
def test_what_is_no_file_of_limits(content: bytes, said: str) -> None:
    """What is no TOML, or too much of it, is refused as a whole, in one line."""
    with pytest.raises(WrongLimits) as raised:
        read_limits(content)

    assert said in str(raised.value)
    assert [each.path for each in raised.value.mistakes] == [""]


def test_a_file_of_nothing_but_mistakes() -> None:
    """Of very many mistakes a thousand are told, without delay."""
    keys = "\n".join(f"k{number} = 1" for number in range(100_000))
    begin = time.process_time()

    assert len(mistakes_of(keys)) == MOST_MISTAKES
    assert time.process_time() - begin < 5


def test_an_empty_file() -> None:
    """It is told what a file needs at least."""
    assert [str(each) for each in mistakes_of("")] == ["format: missing", "class: missing"]


def test_too_many_patterns() -> None:
    """10,000 patterns in all are taken, and one more is not."""
    symbols = [f'"S{number}"' for number in range(9999)]
    first = f'[[class]]\nname = "listed"\nsymbols = [{", ".join(symbols)}]\ntiers = "off"\n'
    last = one_class("").removeprefix("format = 1")

    assert len(read_limits(f"format = 1\n{first}{last}".encode()).classes) == 2
    too_many = first.replace('"S0"', '"S0", "T"')
    assert [str(each) for each in mistakes_of(f"format = 1\n{too_many}{last}")] == [
        "class: more than 10000 patterns in all"
    ]


def test_a_number_with_an_exponent_beyond_all_bounds() -> None:
    """Such numbers are refused, and take neither time nor memory."""
    for number in ("1e999999999", "1e-999999999", "1e9999999999999999999999", "inf", "123456789012345678"):
        found = mistakes_of(one_class(f"[class.order]\nmax_quantity = {number}"))
        assert [each.path for each in found] == ["class[1].order.max_quantity"]


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(max_size=5)
    | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(tree: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The ways to all values of a tree."""
    found = [path] if path else []
    if isinstance(tree, dict):
        return found + [each for key, value in tree.items() for each in places(value, (*path, key))]
    if isinstance(tree, list):
        return found + [each for key, value in enumerate(tree) for each in places(value, (*path, key))]
    return found


PLACES = places(tomllib.loads(WHOLE, parse_float=Decimal))


@given(place=st.sampled_from(PLACES), value=anything, is_canonical=st.booleans())
def test_anything_anywhere_is_read_or_refused(
    place: tuple[str | int, ...], value: object, *, is_canonical: bool
) -> None:
    """Whatever stands in a place of the file, it is read, or refused with its mistakes: nothing else."""
    tree: object = tomllib.loads(WHOLE, parse_float=Decimal)
    inner = tree
    for key in place[:-1]:
        inner = inner[key]  # type: ignore[index]
    inner[place[-1]] = value  # type: ignore[index]

    with suppress(WrongLimits):
        read_tree(tree, is_canonical=is_canonical)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_refused(content: bytes) -> None:
    """Bytes that are no file of limits are refused, and nothing else happens."""
    with pytest.raises(WrongLimits):
        read_limits(content)


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 20), st.text("[]{}=\"'\n,.#-0a", max_size=4))
def test_a_mutilated_text_is_read_or_refused(begin: int, length: int, instead: str) -> None:
    """Whatever is cut from a file and put there instead, it is read or refused."""
    text = WHOLE[:begin] + instead + WHOLE[begin + length :]
    with suppress(WrongLimits):
        read_limits(text.encode())
