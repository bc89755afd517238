"""Every test of the limits at, just below and just above its threshold, with the alert written out."""

import pytest

from shared.market.limits.judging import TESTS
from shared.market.limits.met import JudgedOrder, MetQuote
from shared.market.limits.verdict import Verdict
from tests.support.limits_files import judge_of, one_class

NOW = 1_795_618_800_000_000
SECOND = 1_000_000
PASSES = ""
BUY, SELL, SELL_SHORT, SELL_SHORT_EXEMPT = 1, 2, 5, 6


def order(price: float | None = None, side: int = BUY, quantity: float | None = 100.0) -> JudgedOrder:
    """An order in X."""
    return JudgedOrder("X", "1", side, quantity, price)


def quote(bid: float | None, offer: float | None) -> MetQuote:
    """A quote of this moment."""
    return MetQuote(bid, offer, NOW, NOW, 0, None, None, "feed", NOW)


def judged(
    rules: str, met: MetQuote | None, the_order: JudgedOrder, more: str = "", keys: str = ""
) -> Verdict:
    """The verdict by a file with one class."""
    return judge_of(one_class(rules, more, keys)).judge(the_order, met, NOW)


def outcome(verdict: Verdict, test: str) -> str:
    """How a test ended."""
    ends = [
        name
        for name, tests in (
            ("broken", verdict.reasons),
            ("passed", verdict.passed),
            ("skipped", verdict.skipped),
        )
        if test in tests
    ]
    assert len(ends) <= 1
    return ends[0] if ends else "not set"


TIERS = """tiers = [ { from = "0", spread = "0.02", ratio = "0.05" },
  { from = "25", spread = "0.10", ratio = "0.01" }, { from = "100", ratio = "0.002" } ]"""


@pytest.mark.parametrize(
    ("bid", "offer", "broken"),
    [
        (20.00, 20.01999999, PASSES),
        (20.00, 20.02, "spread>=0.02:0.02"),
        (20.00, 20.02000001, "spread>=0.02:0.02000001"),
        (0.39, 0.40999999, PASSES),
        (0.39, 0.41, "spread>=0.02:0.02;spread_ratio>=0.05:0.05"),
        (0.1, 0.10512820, PASSES),
        (0.1, 0.10512821, "spread_ratio>=0.05:0.05"),
        (0.1, 0.1051285, "spread_ratio>=0.05:0.0500028"),
        (24.99999999, 25.08, "spread>=0.02:0.08000001"),
        (25.0, 25.08, PASSES),
        (25.0, 25.09999999, PASSES),
        (25.0, 25.1, "spread>=0.10:0.1"),
        (99.99999999, 100.2, "spread>=0.10:0.20000001"),
        (100.0, 100.2, PASSES),
        (99.9, 100.1, "spread>=0.10:0.2"),
        (999.0, 1001.0, "spread_ratio>=0.002:0.002"),
        (999.0, 1000.99999999, PASSES),
        (-1.0, -0.99, PASSES),
        (-1.0, -0.98, "spread>=0.02:0.02"),
        (-0.01, 0.01, "spread>=0.02:0.02"),
        (-0.001, 0.002, "spread_ratio>=0.05:6"),
        (20.05, 20.00, PASSES),
    ],
)
def test_tiers_by_the_bid(bid: float, offer: float, broken: str) -> None:
    """The tier is the last that begins at or below the bid; spread and ratio alert from their value on."""
    met = judged(
        '[class.states]\nnegative = "pass"\ncrossed = "pass"', quote(bid, offer), order(), keys=TIERS
    )

    assert met.broken == broken
    assert set(met.reasons) == {each.partition(">")[0] for each in broken.split(";") if each}


@pytest.mark.parametrize(
    ("ago_us", "broken"),
    [
        (60 * SECOND - 1, PASSES),
        (60 * SECOND, PASSES),
        (60 * SECOND + 1, "stale_quote>60000:60000.001"),
        (61 * SECOND, "stale_quote>60000:61000"),
        (-100_000, PASSES),
        (-100_001, "stale_quote>60000:unknown"),
        (None, "stale_quote>60000:unknown"),
    ],
)
def test_stale_quote(ago_us: int | None, broken: str) -> None:
    """A quote is stale that is older than the limit, or from the future, or of which nobody knows."""
    met = quote(10.0, 10.01)._replace(updated_at_us=None if ago_us is None else NOW - ago_us)

    assert judged("[class.stale]\nquote_ms = 60000", met, order()).broken == broken


@pytest.mark.parametrize(
    ("source", "ago_us", "broken", "ended"),
    [
        ("feed", 2 * SECOND, PASSES, "passed"),
        ("feed", 2 * SECOND + 1, "stale_feed>2000:2000.001", "broken"),
        ("feed", None, "stale_feed>2000:unknown", "broken"),
        ("", None, PASSES, "skipped"),
    ],
)
def test_stale_feed(source: str, ago_us: int | None, broken: str, ended: str) -> None:
    """A source is silent for longer than the limit, or so long that nobody knows; no source: no test."""
    met = quote(10.0, 10.01)._replace(source=source, heard_at_us=None if ago_us is None else NOW - ago_us)

    verdict = judged("[class.stale]\nfeed_ms = 2000", met, order())

    assert (verdict.broken, outcome(verdict, "stale_feed")) == (broken, ended)


@pytest.mark.parametrize(
    ("bid", "offer", "broken"),
    [
        (10.0, 10.09999999, PASSES),
        (10.0, 10.1, "market_order>=0.10:0.1"),
        (3.98, 4.01999999, PASSES),
        (3.98, 4.02, "market_order_ratio>=0.01:0.01"),
        (1.0, 1.1, "market_order>=0.10:0.1;market_order_ratio>=0.01:0.0952381"),
    ],
)
def test_market_order(bid: float, offer: float, broken: str) -> None:
    """An order without a price has limits of its own for the spread."""
    rules = '[class.order]\nmarket = { spread = "0.10", ratio = "0.01" }'

    verdict = judged(rules, quote(bid, offer), order())

    assert verdict.broken == broken
    assert verdict.reasons == (("market_order",) if broken else ())


@pytest.mark.parametrize(
    ("the_order", "ended"),
    [
        (order(), "broken"),
        (order(9.0), "skipped"),
        (order()._replace(stop_price=9.0), "skipped"),
        (order()._replace(stop_price=9.0, is_market=True), "broken"),
    ],
)
def test_what_is_a_market_order(the_order: JudgedOrder, ended: str) -> None:
    """An order with neither price nor stop price, or that calls itself one."""
    rules = '[class.order]\nmarket = { spread = "0.10" }'

    assert outcome(judged(rules, quote(10.0, 11.0), the_order), "market_order") == ended
    assert outcome(judged(rules, quote(10.0, None), the_order), "market_order") == "skipped"


MONEY = 'through = { money = "0.15" }\naway = { money = "0.15" }'
RATIO = 'through = { ratio = "0.05" }\naway = { ratio = "0.05" }'
LARGER = 'through = { money = "0.15", ratio = "0.05" }\naway = { money = "0.15", ratio = "0.05" }'
SMALLER = LARGER.replace(" }", ', use = "smaller" }')


@pytest.mark.parametrize(
    ("collar", "side", "price", "broken"),
    [
        (MONEY, BUY, 10.24999999, PASSES),
        (MONEY, BUY, 10.25, "through>=0.15:0.15"),
        (MONEY, BUY, 10.26, "through>=0.15:0.16"),
        (MONEY, SELL, 9.85000001, PASSES),
        (MONEY, SELL, 9.85, "through>=0.15:0.15"),
        (MONEY, SELL_SHORT, 9.85, "through>=0.15:0.15"),
        (MONEY, SELL_SHORT_EXEMPT, 9.85, "through>=0.15:0.15"),
        (MONEY, BUY, 9.85000001, PASSES),
        (MONEY, BUY, 9.85, "away>=0.15:0.15"),
        (MONEY, SELL, 10.24999999, PASSES),
        (MONEY, SELL, 10.25, "away>=0.15:0.15"),
        (RATIO, BUY, 10.60499999, PASSES),
        (RATIO, BUY, 10.605, "through_ratio>=0.05:0.05"),
        (RATIO, BUY, 10.605001, "through_ratio>=0.05:0.0500001"),
        (RATIO, SELL, 9.50000001, PASSES),
        (RATIO, SELL, 9.5, "through_ratio>=0.05:0.05"),
        (RATIO, BUY, 9.5, "away_ratio>=0.05:0.05"),
        (RATIO, SELL, 10.605, "away_ratio>=0.05:0.05"),
        (LARGER, BUY, 10.60499999, PASSES),
        (LARGER, BUY, 10.605, "through_ratio>=0.05:0.05"),
        (SMALLER, BUY, 10.24999999, PASSES),
        (SMALLER, BUY, 10.25, "through>=0.15:0.15"),
        (SMALLER, SELL, 9.85, "through>=0.15:0.15"),
    ],
)
def test_collars(collar: str, side: int, price: float, broken: str) -> None:
    """An order is too far through the touch, or away on its own side, from the limit on.

    The offer is 10.10 and the bid 10.00.
    """
    verdict = judged(f"[class.order]\n{collar}", quote(10.0, 10.1), order(price, side))

    assert verdict.broken == broken
    assert verdict.reasons == ((broken.partition(">")[0].removesuffix("_ratio"),) if broken else ())


@pytest.mark.parametrize(
    ("use", "bid", "price", "broken"),
    [
        ("larger", 2.0, 1.85, "through>=0.15:0.15"),
        ("larger", 2.0, 1.86, PASSES),
        ("larger", 3.0, 2.85, "through>=0.15:0.15"),
        ("larger", 4.0, 3.81, PASSES),
        ("larger", 4.0, 3.80, "through_ratio>=0.05:0.05"),
        ("smaller", 2.0, 1.9, "through_ratio>=0.05:0.05"),
        ("smaller", 2.0, 1.91, PASSES),
        ("smaller", 4.0, 3.85, "through>=0.15:0.15"),
        ("smaller", 4.0, 3.86, PASSES),
    ],
)
def test_the_larger_or_the_smaller_of_both(use: str, bid: float, price: float, broken: str) -> None:
    """Of 0.15 and 5 % the one decides that is larger, or smaller, at the touch: they are equal at 3.00."""
    rules = f'[class.order]\nthrough = {{ money = "0.15", ratio = "0.05", use = "{use}" }}'

    assert judged(rules, quote(bid, bid + 1), order(price, SELL)).broken == broken


@pytest.mark.parametrize(
    ("bid", "ratio"), [(24.99999999, "0.10"), (25.0, "0.05"), (49.99, "0.05"), (50.0, "0.03"), (-1.0, "0.10")]
)
def test_a_collar_by_the_bid(bid: float, ratio: str) -> None:
    """The preset's ratio is that of the last step that begins at or below the bid."""
    rules = '[class.order]\nthrough = { preset = "equity-collar-nyse" }\n[class.states]\nnegative = "pass"'

    broken = judged(rules, quote(bid, 60.0), order(1e6)).broken

    assert broken.startswith(f"through_ratio>={ratio}:")


@pytest.mark.parametrize(("offer", "ended"), [(24.0, "0.10"), (25.0, "0.05"), (50.0, "0.03")])
def test_a_collar_without_a_bid(offer: float, ended: str) -> None:
    """Where there is no bid, the collar is chosen by the offer: a buy is tested all the same."""
    rules = '[class.order]\nthrough = { preset = "equity-collar-nyse" }'

    assert judged(rules, quote(None, offer), order(1e6)).broken.startswith(f"through_ratio>={ended}:")


@pytest.mark.parametrize(
    ("collar", "broken", "ended"),
    [
        (RATIO, PASSES, "skipped"),
        (LARGER, "through>=0.15:0.15", "broken"),
        (MONEY, "through>=0.15:0.15", "broken"),
    ],
)
@pytest.mark.parametrize("offer", [0.0, -1.0])
def test_a_ratio_of_nothing_is_not_tested(offer: float, collar: str, broken: str, ended: str) -> None:
    """Of a touch that is not above zero there is no ratio: the limit in money remains, if there is one."""
    rules = f'[class.order]\n{collar}\n[class.states]\nnegative = "pass"'

    verdict = judged(rules, quote(-2.0, offer), order(offer + 0.15))

    assert (verdict.broken, outcome(verdict, "through")) == (broken, ended)


@pytest.mark.parametrize(
    ("low", "high", "price", "broken", "ended"),
    [
        (9.5, 10.5, 9.5, PASSES, "passed"),
        (9.5, 10.5, 9.49999999, "bands<9.5:9.49999999", "broken"),
        (9.5, 10.5, 10.5, PASSES, "passed"),
        (9.5, 10.5, 10.50000001, "bands>10.5:10.50000001", "broken"),
        (9.5, 0.0, 99.0, PASSES, "passed"),
        (9.5, None, 9.0, "bands<9.5:9", "broken"),
        (0.0, 10.5, -1.0, PASSES, "passed"),
        (0.0, 0.0, 10.0, PASSES, "skipped"),
        (None, None, 10.0, PASSES, "skipped"),
        (9.5, 10.5, None, PASSES, "skipped"),
    ],
)
def test_bands(low: float | None, high: float | None, price: float | None, broken: str, ended: str) -> None:
    """A price outside the bands alerts; a band of zero is none."""
    met = quote(10.0, 10.01)._replace(band_low=low, band_high=high)

    verdict = judged('[class.order]\nbands = "alert"', met, order(price))

    assert (verdict.broken, outcome(verdict, "bands")) == (broken, ended)


@pytest.mark.parametrize(
    ("price", "broken"),
    [
        (0.9999, PASSES),
        (0.99991, "off_tick"),
        (1.0, PASSES),
        (1.01, PASSES),
        (1.0001, "off_tick"),
        (1.1, PASSES),
        (0.3, PASSES),
        (-1.01, PASSES),
        (-1.015, "off_tick"),
        (-0.5001, PASSES),
        (1e15, PASSES),
        (70.07, PASSES),
        (4.35, PASSES),
        (0.0, PASSES),
        (None, PASSES),
    ],
)
def test_off_tick(price: float | None, broken: str) -> None:
    """A price is a multiple of the tick of its size or it is not, in its decimal sense."""
    assert judged('[class.order]\ntick = { preset = "tick-us-equity" }', None, order(price)).broken == (
        f"no_quote;{broken}" if broken else "no_quote"
    )


@pytest.mark.parametrize(
    ("quantity", "broken"),
    [
        (999.99999999, PASSES),
        (1000.0, "quantity>=1000:1000"),
        (-1000.0, "quantity>=1000:1000"),
        (-999.0, PASSES),
        (1e300, f"quantity>=1000:1{'0' * 300}"),
        (None, PASSES),
    ],
)
def test_quantity(quantity: float | None, broken: str) -> None:
    """The size of the quantity alerts from the limit on, whatever its sign."""
    rules = '[class.order]\nmax_quantity = "1000"'

    assert judged(rules, quote(10.0, 10.01), order(10.0, BUY, quantity)).broken == broken


@pytest.mark.parametrize(
    ("the_order", "broken"),
    [
        (order(10.0, BUY, 99.99999), PASSES),
        (order(10.0, BUY, 100.0), "notional>=100000:100000"),
        (order(-10.0, BUY, 100.0), "notional>=100000:100000"),
        (order(10.01, SELL, -100.0), "notional>=100000:100100"),
        (order(None, SELL, 50.0), "notional>=100000:100000"),
        (order(None, BUY, 49.0), "notional>=100000:102900"),
        (order(None, SELL, 49.99), PASSES),
        (order(None, SELL, None)._replace(cash_quantity=100_000.0), "notional>=100000:100000"),
        (order(None, SELL, None)._replace(cash_quantity=-99_999.99), PASSES),
        (order(10.0, SELL, None)._replace(cash_quantity=1e6), "notional>=100000:1000000"),
        (order(10.0, BUY, 1.0)._replace(cash_quantity=1e6), PASSES),
        (order(0.1, BUY, 1e308), f"notional>=100000:1{'0' * 309}"),
    ],
)
def test_notional(the_order: JudgedOrder, broken: str) -> None:
    """Quantity times price, else the touch, times 100, else the money of the order.

    The offer is 21 and the bid 20.
    """
    rules = '[class.order]\nmax_notional = "100000"'

    assert judged(rules, quote(20.0, 21.0), the_order, keys='multiplier = "100"').broken == broken


def test_notional_needs_a_price_or_money() -> None:
    """Without a price, the touch that it would meet, and money there is nothing to test."""
    rules = '[class.order]\nmax_notional = "1"\n[class.states]\none_sided = "pass"'

    assert outcome(judged(rules, quote(None, 10.0), order(None, SELL)), "notional") == "skipped"
    assert outcome(judged(rules, quote(None, 10.0), order(None, BUY)), "notional") == "broken"


@pytest.mark.parametrize(
    ("ago_us", "broken"),
    [
        (5 * SECOND, PASSES),
        (5 * SECOND + 1, "late>5000:5000.001"),
        (None, "late>5000:unknown"),
        (-10 * SECOND, PASSES),
    ],
)
def test_late(ago_us: int | None, broken: str) -> None:
    """An order that was on its way for longer than its source may take, or does not say since when."""
    the_order = order(10.0)._replace(late_ms=5000, sent_at_us=None if ago_us is None else NOW - ago_us)

    assert judged("", quote(10.0, 10.01), the_order).broken == broken


def test_late_replaces_the_tests_that_use_the_market() -> None:
    """A late order is tested for what it is, and not against a market that it was not meant for."""
    rules = """[class.stale]
quote_ms = 1
[class.order]
market = { spread = "0.01" }
through = { money = "0.01" }
away = { money = "0.01" }
bands = "alert"
tick = [ { from = "0", tick = "0.01" } ]
max_quantity = "10"
max_notional = "10"
"""
    met = quote(10.0, 9.0)._replace(status=1, updated_at_us=0, band_low=50.0)
    late = order(10.001)._replace(late_ms=5000, sent_at_us=0)

    verdict = judged(rules, met, late)
    without_price = judged(rules, met, late._replace(price=None))

    assert verdict.reasons == ("off_tick", "quantity", "notional", "late")
    assert verdict.passed == ()
    assert verdict.state == "crossed"
    assert without_price.reasons == ("quantity", "late")


TIGHTENED = """[[account]]
name = "tight"
accounts = ["1"]
tighten = "0.5"
max_quantity = "{}"
max_notional = "1000000"
severity = "high"
"""


@pytest.mark.parametrize(
    ("bid", "offer", "the_order", "broken"),
    [
        (10.0, 10.02, order(10.0), "spread>=0.02:0.02"),
        (10.0, 10.01999999, order(10.0), PASSES),
        (1.0, 1.019, order(1.0), "spread_ratio>=0.0175:0.0188212"),
        (10.0, 10.01, order(10.085), "through>=0.075:0.075"),
        (10.0, 10.01, order(10.08499999), PASSES),
        (10.0, 10.01, order(9.5), "away_ratio>=0.05:0.05"),
        (10.0, 10.01, order(9.50000001), PASSES),
        (10.0, 10.015, order(), "market_order>=0.015:0.015"),
        (10.0, 10.01, order(10.0, BUY, 500.0), "quantity>=500:500"),
        (10.0, 10.01, order(10.0, BUY, 499.0), PASSES),
    ],
)
def test_an_account_profile_tightens(bid: float, offer: float, the_order: JudgedOrder, broken: str) -> None:
    """Spreads, ratios and money are halved; sizes are not, and of class and profile the smaller holds."""
    rules = """[class.order]
market = { spread = "0.030" }
through = { money = "0.15" }
away = { ratio = "0.10" }
max_quantity = "1000"
"""
    tiers = 'tiers = [ { from = "0", spread = "0.04", ratio = "0.035" } ]'

    verdict = judged(rules, quote(bid, offer), the_order, TIGHTENED.format("500"), tiers)
    larger = judged(rules, quote(10.0, 10.01), order(10.0, BUY, 1000.0), TIGHTENED.format("5000"), tiers)

    assert verdict.broken == broken
    assert (verdict.severity, verdict.scope.text()) == ("high", "7:all:tight")
    assert larger.broken == "quantity>=1000:1000"


def test_all_at_once_in_their_order() -> None:
    """An order that breaks many limits names each, always in the same order."""
    rules = """[class.states]
locked = "alert"
auction = "alert"
[class.stale]
quote_ms = 1000
feed_ms = 1000
[class.order]
through = { money = "0.01" }
away = { money = "0.01" }
bands = "alert"
tick = [ { from = "0", tick = "0.01" } ]
max_quantity = "10"
max_notional = "10"
"""
    met = MetQuote(-1.0, 9.0, 0, 0, 3, 0.1, 0.0, "feed", 0)
    tiers = 'tiers = [ { from = "0", spread = "0.04", ratio = "0.035" } ]'

    verdict = judged(rules, met, order(-9.001)._replace(late_ms=None), keys=tiers)

    assert verdict.reasons == (
        "spread", "spread_ratio", "stale_quote", "stale_feed", "negative", "auction",
        "away", "bands", "off_tick", "quantity", "notional",
    )  # fmt: skip
    assert verdict.passed == ("no_quote", "one_sided", "locked", "crossed", "halted", "through")
    assert verdict.skipped == ()
    order_of_all = [name for name, _ in TESTS]
    assert sorted(verdict.reasons, key=order_of_all.index) == list(verdict.reasons)


def test_the_order_of_the_reasons() -> None:
    """The order of the contract."""
    assert [name for name, _ in TESTS] == [
        "spread", "spread_ratio", "no_quote", "stale_quote", "stale_feed", "one_sided", "locked", "crossed",
        "negative", "halted", "auction", "market_order", "through", "away", "bands", "off_tick", "quantity",
        "notional", "late",
    ]  # fmt: skip
