"""Many orders at once are told apart as they are one by one, and their tests are counted alike."""

import random
from collections import Counter

import numpy as np
import pytest

from shared.base.iso_time import parse_time
from shared.market.limits.judge import Judge
from shared.market.limits.judging import TESTS
from shared.market.limits.many.batch_judge import BatchJudge
from shared.market.limits.many.columns import order_columns
from shared.market.limits.many.screen import Screen, Screened
from shared.market.limits.met import JudgedOrder, MetQuote
from tests.support.limits_checking import KeptMarket, market_of
from tests.support.limits_files import WHOLE, judge_of

FILE = WHOLE.replace(
    '[[class]]\nname = "default"',
    """[[class]]
name = "states"
symbols = ["S*"]
session = "us"
tiers = "off"
[class.states]
no_quote = "pass"
one_sided = "alert"
locked = { after_ms = 100 }
negative = "pass"
auction = "alert"
[class.stale]
quote_ms = 1000
[class.order]
through = { ratio = "0.02" }
away = { money = "0.5", ratio = "0.02", use = "smaller" }
tick = [ { from = "-1000", tick = "0.25" }, { from = "5", tick = "0.5" }, { from = "20", tick = "1" } ]
[class.during.pre]
order = "off"

[[class]]
name = "default\"""",
)
SYMBOLS = ["IBM", "AA", "X.N", "AAPL  261218C00150000", "AIG", "Z", *(f"S{number}" for number in range(20))]
ACCOUNTS = ["1", "4000", "57", "9", ""]
MOMENTS = [
    parse_time(text)
    for text in (
        "2026-11-24T15:00:00Z", "2026-11-24T10:00:00Z", "2026-11-24T03:00:00Z",
        "2026-11-25T20:59:59.999999Z", "2026-11-25T21:00:00Z",
    )
]  # fmt: skip


class Batches:
    """Makes random batches.

    Args:
        seed: of the random numbers.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.pick = self._random.choice

    def quote(self, now_us: int) -> MetQuote | None:
        """A quote in any state, of any age, with or without a status, bands and a source."""
        if self._random.random() < 0.1:
            return None
        bid = self.pick([None, -1.0, 0.0, 0.0001, 4.5, 5.0, 10.0, 24.99, 25.0, 100.0])
        width = self.pick([-0.01, 0.0, 0.01, 0.01, 0.01, 0.02, 0.1, 1.0])
        offer = self.pick([None, 199999.99, 10.0, *[round((bid or 0.0) + width, 2)] * 12])
        ages = [0, 0, 0, 500_000, 1_000_000, 1_000_001, 60_000_000, 60_000_001, -100_000, -100_001]
        return MetQuote(
            bid,
            offer,
            self.pick([None, *[now_us - self.pick(ages)] * 20]),
            self.pick([None, now_us - 100_000, now_us - 99_999, now_us - 500_000, now_us]),
            self.pick([None, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5]),
            self.pick([None, 0.0, 5.0]),
            self.pick([None, 0.0, 30.0, 200.0]),
            self.pick(["", "feed"]),
            self.pick([None, *[now_us, now_us - 2_000_000] * 10, now_us - 2_000_001]),
        )

    def order(self, place: int, quotes: list[MetQuote | None]) -> JudgedOrder:
        """An order near its market, with and without a price, a quantity, and what makes it special."""
        quote = quotes[place]
        near = (quote and (quote.bid or quote.offer)) or 10.0
        price = round(
            near + self.pick([0.0, 0.0, 0.0, 0.01, -0.01, 0.5, -1.0, 2.5]), self.pick([0, 2, 2, 2, 4])
        )
        return JudgedOrder(
            SYMBOLS[place],
            self.pick(ACCOUNTS),
            self.pick([1, 2, 5, 6]),
            self.pick([None, 1.0, 100.0, -100.0, 500.0, 25_000.0, 1e300]),
            self.pick([None, *[price] * 6]),
            self.pick([None] * 20 + [9.0]),
            self.pick([False] * 20 + [True]),
            self.pick([None] * 20 + [1e7]),
            late_ms=self.pick([None] * 20 + [5]),
        )


def screened(
    screen: Screen, judge: Judge, quotes: list[MetQuote | None], orders: list[JudgedOrder], now_us: int
) -> Screened:
    """What arrays tell of the orders."""
    places = [SYMBOLS.index(order.symbol) for order in orders]
    profiles = [judge.profile_of(order.account) for order in orders]
    return screen.find(market_of(SYMBOLS, quotes), order_columns(orders, places, profiles), now_us)


@pytest.mark.parametrize("seed", range(20))
def test_arrays_agree_with_the_judge(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No order that alerts is left out, few others are looked at twice, and the counts are the same.

    So it is in blocks, too.
    """
    if seed % 2:
        monkeypatch.setattr("shared.market.limits.many.screen._BLOCK", 70)
    make, judge, passed = Batches(seed), judge_of(FILE), 0
    screen = Screen(judge)
    for now_us in [make.pick(MOMENTS) for _ in range(4)]:
        quotes = [make.quote(now_us) for _ in SYMBOLS]
        orders = [make.order(make.pick(range(len(SYMBOLS))), quotes) for _ in range(250)]
        verdicts = [judge.judge(order, quotes[SYMBOLS.index(order.symbol)], now_us) for order in orders]

        unsure, counts = screened(screen, judge, quotes, orders, now_us)

        looked_at = set(unsure.tolist())
        assert {place for place, verdict in enumerate(verdicts) if verdict.reasons} <= looked_at
        passing = [verdict for place, verdict in enumerate(verdicts) if place not in looked_at]
        passed += len(passing)
        for made, ended in ((counts.passed, "passed"), (counts.skipped, "skipped")):
            right = Counter(name for verdict in passing for name in getattr(verdict, ended))
            assert {name: right[name] for name, _ in TESTS} == dict(
                zip((name for name, _ in TESTS), made.tolist(), strict=True)
            )
    assert passed > 20


@pytest.mark.parametrize("seed", [100, 101, 102])
def test_a_batch_gets_the_verdicts_of_its_orders(seed: int) -> None:
    """Few or many, a batch has the alerts of its orders one by one, in order, and counts all tests."""
    make, judge = Batches(seed), judge_of(FILE)
    batches = BatchJudge(judge)
    now_us = make.pick(MOMENTS)
    quotes = [make.quote(now_us) for _ in SYMBOLS]
    orders = [make.order(make.pick(range(len(SYMBOLS))), quotes) for _ in range(300)]
    places = [SYMBOLS.index(order.symbol) for order in orders]
    columns = order_columns(orders, places, [judge.profile_of(order.account) for order in orders])
    verdicts = [
        judge.judge(order, quotes[place], now_us) for order, place in zip(orders, places, strict=True)
    ]

    few = batches.judge_few(
        [(order, quotes[place]) for order, place in zip(orders, places, strict=True)], now_us
    )
    many = batches.judge_many(
        market_of(SYMBOLS, quotes), quotes.__getitem__, columns, orders.__getitem__, now_us
    )

    alerts = [(place, verdict) for place, verdict in enumerate(verdicts) if verdict.reasons]
    assert few.alerts == many.alerts == alerts
    for name, ended in (("passed", "passed"), ("broken", "reasons"), ("skipped", "skipped")):
        right = Counter(test for verdict in verdicts for test in getattr(verdict, ended))
        counts = [right[test] for test, _ in TESTS]
        assert getattr(few, name).tolist() == getattr(many, name).tolist() == counts


def test_few_are_looked_at_twice() -> None:
    """On a market in order, with prices on their ticks, arrays leave over just what alerts."""
    make, judge = Batches(1), judge_of(FILE)
    now_us = MOMENTS[0]
    quotes: list[MetQuote | None] = [
        MetQuote(24.0, 24.01, now_us, now_us, 0, 0.0, 0.0, "feed", now_us) for _ in SYMBOLS
    ]
    orders = [
        JudgedOrder(
            make.pick(SYMBOLS), make.pick(["1", "9"]), make.pick([1, 2]), 10.0, make.pick([24.0, 24.5])
        )
        for _ in range(500)
    ]

    unsure, _ = screened(Screen(judge), judge, quotes, orders, now_us)

    alerting = [place for place, order in enumerate(orders) if judge.judge(order, quotes[0], now_us).reasons]
    assert unsure.tolist() == alerting
    assert 0 < len(alerting) < 500


def test_no_orders() -> None:
    """Without orders nothing is found and nothing is counted."""
    judge = judge_of(FILE)

    unsure, counts = screened(Screen(judge), judge, [None for _ in SYMBOLS], [], MOMENTS[0])

    assert (unsure.tolist(), counts.passed.sum(), counts.skipped.sum()) == ([], 0, 0)


def test_rows_are_forgotten_when_they_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a screen remembers is bounded, and changes nothing of what it finds."""
    monkeypatch.setattr("shared.market.limits.many.rule_rows._MOST_ROWS", 3)
    monkeypatch.setattr("shared.market.limits.many.rule_rows._MOST_SYMBOLS", 3)
    make, judge = Batches(5), judge_of(FILE)
    old = Screen(judge)
    for now_us in MOMENTS * 2:
        quotes = [make.quote(now_us) for _ in SYMBOLS]
        orders = [make.order(make.pick(range(len(SYMBOLS))), quotes) for _ in range(50)]
        kept, new = (screened(each, judge, quotes, orders, now_us) for each in (old, Screen(judge)))
        assert kept.unsure.tolist() == new.unsure.tolist()
        assert kept.counts.passed.tolist() == new.counts.passed.tolist()


@pytest.mark.parametrize("seed", [200, 201, 202])
def test_what_is_known_of_symbols_is_kept_up_to_date(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over batches of which some quotes change, as time passes windows and overrides, in any order.

    A screen that has seen all of them finds what a new one finds, also after it has forgotten what it knew.
    """
    make, judge = Batches(seed), judge_of(FILE)
    if seed == 202:
        monkeypatch.setattr("shared.market.limits.many.rule_rows._MOST_ROWS", 4)
        monkeypatch.setattr("shared.market.limits.many.outcome_kinds._MOST_PATTERNS", 3)
    screen, kept = Screen(judge), KeptMarket()
    quotes: list[MetQuote | None] = [None] * len(SYMBOLS)
    for turn in range(40):
        now_us = make.pick(MOMENTS) if turn % 3 else MOMENTS[0]
        for place in range(len(SYMBOLS)):
            if make.pick([True, *[False] * 9]):
                quotes[place] = make.quote(now_us)
        orders = [make.order(make.pick(range(0, len(SYMBOLS), 1 + turn % 3)), quotes) for _ in range(60)]
        places = [SYMBOLS.index(order.symbol) for order in orders]
        columns = order_columns(orders, places, [judge.profile_of(order.account) for order in orders])
        whole = kept.market(SYMBOLS, quotes)
        met = sorted(set(places))
        some = whole._replace(numbers=np.array(met), names=[SYMBOLS[place] for place in met])

        known, new = (
            screen.find(some, columns, now_us),
            Screen(judge).find(market_of(SYMBOLS, quotes), columns, now_us),
        )

        assert known.unsure.tolist() == new.unsure.tolist()
        assert known.counts.passed.tolist() == new.counts.passed.tolist()
        assert known.counts.skipped.tolist() == new.counts.skipped.tolist()


def test_many_symbols_are_numbered_beyond_what_was_known() -> None:
    """More symbols than there were rows for: each is judged by its own quote."""
    judge = judge_of(FILE)
    screen, kept = Screen(judge), KeptMarket()
    for count in (10, 3000, 9000):
        names = [f"Z{number}" for number in range(count)]
        wide = [MetQuote(10.0, 10.01 if number % 7 else 11.0, MOMENTS[0]) for number in range(count)]
        orders = [JudgedOrder(name, "1", 1, 1.0, 10.0) for name in names]
        columns = order_columns(orders, range(count), [None] * count)
        unsure, _ = screen.find(kept.market(names, wide), columns, MOMENTS[0])
        assert unsure.tolist() == list(range(0, count, 7))
