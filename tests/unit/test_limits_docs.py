"""docs/limits.md and the files beside it: they are read without a mistake, and say what is so."""

import gzip
import json
import re
import shlex
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.main import main
from shared.base.iso_time import parse_time
from shared.market.limits.file import presets
from shared.market.limits.file.read_file import read_limits
from shared.market.limits.judge import Judge
from shared.market.limits.judging import TESTS
from shared.market.limits.met import JudgedOrder, MetQuote
from shared.market.rule import Limits, reasons
from tests.support import frames, oracle
from tests.support.limits_files import judge_of
from tests.support.limits_oracle import step_at, wide
from tests.support.servers import data_file

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/limits.md").read_text()
FILES = sorted((ROOT / "docs/limits").glob("*.toml"))
IN_SESSION = parse_time("2026-11-24T15:00:00Z")
NOW = 1_795_618_800_000_000


def judge_of_file(name: str) -> Judge:
    """A judge that goes by a file of docs/limits/."""
    return judge_of((ROOT / "docs/limits" / name).read_text())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_files_have_no_mistakes(file: Path) -> None:
    """Each example is read, and has a class for everything."""
    version = read_limits(file.read_bytes())

    assert version.comment
    assert version.classes[-1].symbols[-1] == "*"
    assert len(FILES) == 3


def test_the_file_on_the_page_has_no_mistakes() -> None:
    """The file that the page shows can be taken as it is."""
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)

    assert [each.name for each in read_limits(block.encode()).classes] == ["us-equity", "default"]


def test_the_page_names_every_test() -> None:
    """The table has the tests that there are, in their order."""
    names = re.findall(
        r"^\| `(\w+)` \| ", PAGE.partition("## The tests")[2].partition("## Presets")[0], re.MULTILINE
    )

    assert names == [name for name, _ in TESTS]


def test_the_page_names_every_preset() -> None:
    """The table of presets has all of them, with their sources and numbers."""
    rows = dict(
        re.findall(
            r"^\| `([\w-]+)` \| (.*) \|$",
            PAGE.partition("## Presets")[2].partition("## Publish")[0],
            re.MULTILINE,
        )
    )
    known = [
        each.preset for table in (presets.WIDTHS, presets.COLLARS, presets.TICKS) for each in table.values()
    ]

    assert list(rows) == [preset.name for preset in known if preset]
    assert [preset.name for preset in known if preset and preset.source not in rows[preset.name]] == []
    for name, table in presets.WIDTHS.items():
        numbers = ", ".join(f"{begin}: {width.spread}" for begin, width in table.steps)
        assert numbers in rows[name]


def examples() -> Iterator[tuple[str, list[str]]]:
    """The commands on the page with what it says that they print."""
    on_files, _, _ = PAGE.partition("## Publish, activate")
    for block in re.findall(r"```console\n(.*?)```", on_files, re.DOTALL):
        command, *lines = block.splitlines()
        yield command.removeprefix("$ market-spread "), lines


@pytest.mark.parametrize(("words", "lines"), list(examples()))
def test_the_commands_print_what_the_page_says(
    words: str, lines: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each line that the page shows is printed."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["market-spread", *shlex.split(words)])

    with pytest.raises(SystemExit) as ended:
        main()

    printed = capsys.readouterr().out.splitlines()
    assert ended.value.code == 0
    assert [line for line in lines if line not in printed] == []
    assert lines


prices = st.integers(-1000, 10_000).map(lambda cents: cents / 100) | st.floats(-1e9, 1e9)


@given(prices, prices, st.sampled_from([1, 2]), st.integers(0, 5))
def test_version_0_as_a_file(bid: float, offer: float, side: int, status: int) -> None:
    """The file says what the rule says, for any market in any state, with the same reasons."""
    judge = judge_of_file("version-0.toml")
    quote = MetQuote(bid, offer, NOW, NOW, status)

    assert judge.judge(JudgedOrder("X", "1", side, 100.0, 1.0), quote, NOW).reasons == reasons(
        bid, offer, Limits()
    )


@pytest.mark.parametrize("side", [1, 2])
def test_version_0_without_a_side(side: int) -> None:
    """Where the rule says `no_quote` of a quote with one side, the file says `one_sided`; both alert."""
    judge = judge_of_file("version-0.toml")
    order = JudgedOrder("X", "1", side, 100.0, 1.0)
    quotes = [None, MetQuote(None, None), MetQuote(1.0, None), MetQuote(None, 1.0)]

    assert [judge.judge(order, quote, NOW).broken for quote in quotes] == [
        "no_quote", "no_quote", "one_sided", "one_sided",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("quotes_file", "orders_file", "count"),
    [
        ("nbbo-350-symbols.msg", "orders-1000.msg", 106),
        ("nbbo-1000.msg", "orders-1000.msg", 120),
        ("nbbo-1000-long-symbols.msg", "orders-1000-long-symbols.msg", 120),
        ("nbbo-350-symbols.msg", "orders-1000-long-symbols.msg", 106),
    ],
)
def test_version_0_on_real_data(quotes_file: str, orders_file: str, count: int) -> None:
    """On the real files the file of limits gives the known alerts, reasons included."""
    quotes = frames.split(data_file(quotes_file).read_bytes())
    orders = frames.split(data_file(orders_file).read_bytes())
    book = {each.symbol: each for each in (frames.read(payload, frames.QUOTE) for payload in quotes)}
    judge, found = judge_of_file("version-0.toml"), []
    for payload in orders:
        order, met = frames.read(payload, frames.ORDER), None
        if order.symbol in book:
            met = MetQuote(book[order.symbol].first, book[order.symbol].second, NOW, NOW, 0)
        judged = JudgedOrder(order.symbol.decode(), str(order.account), order.side, order.first, order.second)
        reason = ",".join(judge.judge(judged, met, NOW).reasons)
        found += [(order.order_id.decode(), reason)] if reason else []

    assert found == [(alert["order_id"], alert["reason"]) for alert in oracle.alerts(quotes, orders)]
    assert len(found) == count


def test_the_equities_example_on_real_quotes() -> None:
    """Of 350 real symbols 15 are too wide by one threshold, and 7 by tiers: those that are so exactly."""
    judge = judge_of_file("us-equities-options.toml")
    quotes = [
        frames.read(each, frames.QUOTE)
        for each in frames.split(data_file("nbbo-350-symbols.msg").read_bytes())
    ]
    rules = {each.name: each.rules for each in judge.version.classes}
    found, right = [], []
    for symbol, _, bid, offer, *_ in quotes:
        flags = judge.flags(symbol.decode(), MetQuote(bid, offer, IN_SESSION, IN_SESSION, 0), IN_SESSION)
        tiers = rules[judge.version.classes[judge.class_of(symbol.decode())].name].tiers
        assert tiers is not None
        exact_bid, exact_offer = Fraction(repr(bid)), Fraction(repr(offer))
        found.append(flags.reasons)
        right.append(tuple(wide(step_at(tiers, exact_bid), exact_bid, exact_offer, Fraction(1))))

    assert found == right
    assert sum(map(bool, found)) == 7


def eth_market() -> Iterator[tuple[JudgedOrder, MetQuote, int]]:
    """Each trade of a recorded market as an order, with the quote that it met, and when."""
    quote: MetQuote | None = None
    with gzip.open(data_file("hft-ethusdt-spot-20240808.gz"), "rt") as lines:
        for line in lines:
            arrived, _, message = line.partition(" ")
            now_us, content = int(arrived) // 1000, json.loads(message)
            stream, data = content.get("stream", ""), content.get("data", {})
            if stream.endswith("bookTicker"):
                quote = MetQuote(
                    float(data["b"]), float(data["a"]), now_us, now_us, 0, None, None, "f", now_us
                )
            elif stream.endswith("trade") and quote is not None:
                side = 2 if data["m"] else 1
                yield JudgedOrder("ETHUSDT", "", side, float(data["q"]), float(data["p"])), quote, now_us


def test_the_crypto_example_on_a_real_market() -> None:
    """Of 6,106 real trades in ETHUSDT none alerts; at a fiftieth of the width just the widest do."""
    text = (ROOT / "docs/limits/fx-crypto.toml").read_text()
    calm, strict = judge_of(text), judge_of(text.replace('ratio = "0.001"', 'ratio = "0.00002"'))
    trades = list(eth_market())

    found = [strict.judge(order, quote, now_us).reasons for order, quote, now_us in trades]

    assert len(trades) == 6106
    assert [each for each in trades if calm.judge(*each).reasons] == []
    assert found == [
        ("spread_ratio",) if is_wide(quote, Fraction("0.00002")) else () for _, quote, _ in trades
    ]
    assert 0 < found.count(("spread_ratio",)) < len(trades)


def is_wide(quote: MetQuote, ratio: Fraction) -> bool:
    """Whether the spread is at least so much of the mid, exactly."""
    bid, offer = Fraction(repr(quote.bid)), Fraction(repr(quote.offer))
    return (offer - bid) / ((offer + bid) / 2) >= ratio
