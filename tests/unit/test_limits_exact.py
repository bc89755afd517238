"""Verdicts against exact arithmetic, one by one and by arrays, with prices at the edges of all limits."""

from decimal import Decimal

import pytest

from shared.market.limits.met import JudgedOrder, MetQuote
from tests.support.limits_cases import CaseMaker
from tests.support.limits_checking import check, screened
from tests.support.limits_files import judge_of, one_class

CENTS = [Decimal(cents) / 100 for cents in range(100, 5000, 3)]
BUY, SELL = 1, 2
TICK = Decimal("0.00000001")


def test_some_thousand_cases() -> None:
    """Each verdict is that of exact arithmetic, and arrays leave out none that alerts and few that do not."""
    maker = CaseMaker(1)

    alerting, unsure = check([maker.case() for _ in range(1500)])

    assert 500 < alerting < 1450
    assert unsure - alerting < 300


@pytest.mark.parametrize(
    ("keys", "rules", "side", "has_price"),
    [
        ('tiers = [ { from = "0", spread = "0.05" } ]', "", BUY, True),
        ("", '[class.order]\nthrough = { money = "0.05" }', SELL, True),
        ("", '[class.order]\naway = { money = "0.05" }', BUY, True),
        ("", '[class.order]\nmarket = { spread = "0.05" }', BUY, False),
    ],
)
def test_each_distance_of_just_the_limit_is_found(
    keys: str, rules: str, side: int, *, has_price: bool
) -> None:
    """At every bid five cents are found, though doubles make many of them less, and a tick less is not."""
    judge = judge_of(one_class(rules, keys=keys))

    def orders(distance: Decimal) -> list[tuple[JudgedOrder, MetQuote]]:
        """For every bid an order so far below it, on a market so wide."""
        return [
            (
                JudgedOrder("X", "1", side, 1.0, float(bid - distance) if has_price else None),
                MetQuote(float(bid), float(bid + distance), 0, 0, 0),
            )
            for bid in CENTS
        ]

    at, below = orders(Decimal("0.05")), orders(Decimal("0.05") - TICK)

    assert len(screened(judge, at)) == len(CENTS)
    assert all(judge.judge(*case, 0).reasons for case in at)
    assert screened(judge, below) == set()
    assert not any(judge.judge(*case, 0).reasons for case in below)
