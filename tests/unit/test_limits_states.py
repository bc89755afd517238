"""Every state of a quote under every policy, for both sides, with the alert written out."""

import pytest

from shared.market.limits.met import JudgedOrder, MetQuote
from shared.market.quote_state import STATES, state_of
from tests.support.limits_files import judge_of, one_class

NOW = 1_795_618_800_000_000
BUY, SELL = 1, 2

PRICES: dict[str, tuple[float | None, float | None]] = {
    "none": (None, None),
    "bid only": (10.0, None),
    "offer only": (None, 10.0),
    "locked": (10.0, 10.0),
    "crossed": (10.0, 9.0),
    "negative": (-2.0, -1.0),
    "negative bid": (-1.0, 1.0),
    "crossed and negative": (1.0, -1.0),
    "negative bid only": (-1.0, None),
    "two sides": (10.0, 10.01),
}


def alert(policies: str, prices: tuple[float | None, float | None], side: int, **more: int | None) -> str:
    """What is said to an order; the states that are not named pass."""
    passing = dict.fromkeys(
        ("no_quote", "one_sided", "locked", "crossed", "negative", "halted", "auction"), '"pass"'
    )
    chosen = passing | dict(line.split(" = ", 1) for line in policies.splitlines())
    rules = "[class.states]\n" + "\n".join(f"{name} = {policy}" for name, policy in chosen.items())
    met = MetQuote(*prices, updated_at_us=NOW, **more)  # type: ignore[arg-type]
    return judge_of(one_class(rules)).judge(JudgedOrder("X", "1", side, 100.0, 10.0), met, NOW).broken


ALERTS = {
    'no_quote = "alert"': {"none"},
    'one_sided = "alert"': {"bid only", "offer only", "negative bid only"},
    'locked = "alert"': {"locked"},
    'crossed = "alert"': {"crossed", "crossed and negative"},
    'negative = "alert"': {"negative", "negative bid", "crossed and negative", "negative bid only"},
    'halted = "alert"': set(),
    'auction = "alert"': set(),
}
"""By a policy: the prices that alert."""


@pytest.mark.parametrize("side", [BUY, SELL])
@pytest.mark.parametrize("prices", PRICES)
@pytest.mark.parametrize("policy", ALERTS)
def test_a_state_that_alerts(policy: str, prices: str, side: int) -> None:
    """Each state alerts both sides where it is set to, and nothing else does."""
    name = policy.partition(" ")[0]

    assert alert(policy, PRICES[prices], side, status=0) == (name if prices in ALERTS[policy] else "")
    assert alert(f'{name} = "pass"', PRICES[prices], side, status=0) == ""


@pytest.mark.parametrize(
    ("prices", "side", "broken"),
    [
        ("bid only", BUY, "one_sided"),
        ("bid only", SELL, ""),
        ("offer only", BUY, ""),
        ("offer only", SELL, "one_sided"),
        ("none", BUY, ""),
        ("none", SELL, ""),
        ("two sides", BUY, ""),
        ("two sides", SELL, ""),
    ],
)
def test_only_the_needed_side(prices: str, side: int, broken: str) -> None:
    """Under `needed` a missing side matters to the orders that would meet it."""
    assert alert('one_sided = "needed"', PRICES[prices], side) == broken


@pytest.mark.parametrize(
    ("name", "prices"), [("one_sided", "bid only"), ("locked", "locked"), ("crossed", "crossed")]
)
@pytest.mark.parametrize(
    ("lasted_us", "measured"),
    [
        (499_999, None),
        (500_000, "500"),
        (500_001, "500.001"),
        (0, None),
        (-100_000, None),
        (-100_001, "unknown"),
        (None, "unknown"),
    ],
)
@pytest.mark.parametrize("side", [BUY, SELL])
def test_a_state_that_has_to_last(
    name: str, prices: str, lasted_us: int | None, measured: str | None, side: int
) -> None:
    """With `after_ms` a state alerts once it has lasted so long, or nobody knows since when it is."""
    since = None if lasted_us is None else NOW - lasted_us
    broken = "" if measured is None else f"{name}>=500:{measured}"

    assert alert(f"{name} = {{ after_ms = 500 }}", PRICES[prices], side, state_since_us=since) == broken
    assert alert(f"{name} = {{ after_ms = 500 }}", PRICES["two sides"], side, state_since_us=since) == ""


@pytest.mark.parametrize("side", [BUY, SELL])
@pytest.mark.parametrize(
    ("status", "halted", "auction"),
    [
        (0, "", ""),
        (1, "halted", ""),
        (2, "halted", ""),
        (3, "", "auction"),
        (4, "halted", ""),
        (5, "halted", ""),
        (None, "", ""),
    ],
)
def test_statuses(status: int | None, halted: str, auction: str, side: int) -> None:
    """Halted, paused, closed and not firm are one test, an auction another."""
    prices = PRICES["two sides"]

    assert alert('halted = "alert"', prices, side, status=status) == halted
    assert alert('auction = "alert"', prices, side, status=status) == auction
    assert alert('halted = "pass"', prices, side, status=status) == ""


@pytest.mark.parametrize("side", [BUY, SELL])
def test_defaults(side: int) -> None:
    """What a class does without a word about states."""
    judge = judge_of(one_class(""))
    the_order = JudgedOrder("X", "1", side, 100.0, 10.0)
    told = {
        name: judge.judge(the_order, MetQuote(*prices, NOW, NOW, 0), NOW).broken
        for name, prices in PRICES.items()
    }

    assert told == {
        "none": "no_quote",
        "bid only": "one_sided" if side == BUY else "",
        "offer only": "one_sided" if side == SELL else "",
        "locked": "",
        "crossed": "",
        "negative": "negative",
        "negative bid": "negative",
        "crossed and negative": "negative",
        "negative bid only": "one_sided;negative" if side == BUY else "negative",
        "two sides": "",
    }
    lasting = MetQuote(10.0, 9.0, NOW, NOW - 500_000, 0)
    assert judge.judge(the_order, lasting, NOW).broken == "crossed>=500:500"
    assert judge.judge(the_order, lasting._replace(status=1, state_since_us=NOW), NOW).broken == "halted"
    assert judge.judge(the_order, lasting._replace(status=3, state_since_us=NOW), NOW).broken == ""
    assert judge.judge(the_order, None, NOW).broken == "no_quote"


def test_without_a_quote_nothing_else_is_tested() -> None:
    """Without a quote the tests that need one are skipped, and are counted as that."""
    rules = """[class.states]
locked = "alert"
auction = "alert"
[class.stale]
quote_ms = 1
feed_ms = 500
[class.order]
through = { money = "1" }
"""
    tiers = 'tiers = [ { from = "0", spread = "0.04", ratio = "0.035" } ]'
    judge = judge_of(one_class(rules, keys=tiers))
    the_order = JudgedOrder("X", "1", BUY, 100.0, 10.0)
    status_only = MetQuote(None, None, None, NOW, 0)

    verdict = judge.judge(the_order, None, NOW)

    assert verdict.reasons == ("no_quote",)
    assert verdict.skipped == (
        "spread", "spread_ratio", "stale_quote", "stale_feed", "one_sided", "locked", "crossed", "negative",
        "halted", "auction", "through",
    )  # fmt: skip
    assert judge.judge(the_order, status_only, NOW).skipped == tuple(
        name for name in verdict.skipped if name not in {"halted", "auction"}
    )


@pytest.mark.parametrize(
    ("bid", "offer", "broken"),
    [
        (0.0, 10.0, "one_sided"),
        (-0.0, 10.0, "one_sided"),
        (10.0, 199999.99, "one_sided"),
        (0.0001, 199999.99, "no_quote"),
        (0.0002, 10.0, ""),
        (10.0, 199999.98, ""),
    ],
)
def test_prices_that_mean_no_price(bid: float, offer: float, broken: str) -> None:
    """A class names the prices that stand for an absent side; they are that to every test."""
    rules = '[class.states]\none_sided = "alert"'
    judge = judge_of(one_class(rules, keys='absent = ["0", "0.0001", "199999.99"]'))

    assert judge.judge(JudgedOrder("X", "1", BUY), MetQuote(bid, offer, NOW), NOW).broken == broken


@pytest.mark.parametrize(
    ("bid", "offer", "state"),
    [
        (None, None, "empty"),
        (1.0, None, "one_sided"),
        (None, -1.0, "one_sided"),
        (2.0, 1.0, "crossed"),
        (1.0, -1.0, "crossed"),
        (1.0, 1.0, "locked"),
        (-1.0, -1.0, "locked"),
        (-1.0, 1.0, "negative"),
        (-0.0, 0.0, "locked"),
        (0.0, 1.0, "two_sided"),
    ],
)
def test_the_state_of_a_quote(bid: float | None, offer: float | None, state: str) -> None:
    """The first state that applies."""
    assert state_of(bid, offer) == state
    assert state in STATES
