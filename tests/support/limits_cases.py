"""Random orders and quotes at the edges of limits."""

import random
from decimal import Decimal
from typing import TypeVar

from shared.market.limits.met import JudgedOrder, MetQuote
from shared.market.limits.values import LimitsVersion
from tests.support.limits_files import version_of

T = TypeVar("T")

TICK = Decimal("0.00000001")

EDGES = """
format = 1

[[class]]
name = "equity"
symbols = ["E"]
absent = ["0", "199999.99"]
tiers = [
  { from = "0", spread = "0.02", ratio = "0.05" },
  { from = "25", spread = "0.10", ratio = "0.01" },
  { from = "100.00000001", ratio = "0.0033" },
]
[class.order]
market = { spread = "0.01", ratio = "0.007" }
through = { preset = "equity-collar-nyse" }
away = [
  { from = "0", money = "0.15", ratio = "0.05", use = "smaller" },
  { from = "25", ratio = "0.07" },
  { from = "100", money = "1.5" },
]
tick = { preset = "tick-us-equity" }
max_quantity = "1000.5"
max_notional = "123456.78"

[[class]]
name = "option"
symbols = ["O"]
multiplier = "100"
tiers = { preset = "options-quote-width" }
[class.order]
through = { money = "0.3", ratio = "0.1" }
away = { ratio = "0.333" }
tick = [ { from = "0", tick = "0.05" }, { from = "3", tick = "0.10" } ]
max_notional = "50000"

[[class]]
name = "currency"
symbols = ["*"]
tiers = [ { from = "0.5", spread = "0.00012" } ]
[class.order]
through = { ratio = "0.01" }
tick = [ { from = "0", tick = "0.00001" } ]

[[account]]
name = "half"
accounts = ["h"]
tighten = "0.5"
max_notional = "99999.99"

[[account]]
name = "third"
accounts = ["t"]
tighten = "0.333"
max_quantity = "77"
"""
"""Classes and profiles whose limits are hard to tell by doubles."""

SYMBOLS = ("E", "O", "C")
ACCOUNTS = ("1", "h", "t")
_BASES = tuple(
    map(
        Decimal,
        [
            "0",
            "0.01",
            "0.39",
            "1",
            "2",
            "2.9",
            "3",
            "5",
            "10",
            "20",
            "24.99",
            "25",
            "50",
            "99.9",
            "100",
            "100.00000001",
            "1234.5",
            "9999999",
        ],
    )
)
_STEPS = tuple(
    map(
        Decimal,
        ["0.00001", "0.00012", "0.01", "0.02", "0.05", "0.10", "0.15", "0.25", "0.3", "0.5", "1", "1.5"],
    )
)
_RATIOS = tuple(map(Decimal, ["0.0033", "0.007", "0.01", "0.03", "0.05", "0.07", "0.1", "0.333"]))
_FACTORS = tuple(map(Decimal, ["1", "0.5", "0.333"]))
_SIZES = tuple(map(Decimal, ["1", "76", "77", "100", "1000", "1000.5", "1234.5678"]))
_VALUES = tuple(map(Decimal, ["123456.78", "50000", "99999.99"]))


def edges_version() -> LimitsVersion:
    """The limits that the cases are made for."""
    return version_of(EDGES, 1)


class CaseMaker:
    """Makes orders and quotes whose numbers lie at thresholds, or a tick beside them.

    Args:
        seed: of the random numbers.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def case(self) -> tuple[JudgedOrder, MetQuote]:
        """One order and what it met."""
        chance = self._random.random
        bid = self._near(self._pick(_BASES), 0.9) * (-1 if chance() < 0.05 else 1)
        offer = bid + TICK * self._pick((1, 1000, 4000)) if chance() < 0.5 else self._beside(bid, bid)
        side = self._pick((1, 2, 5, 6))
        price = None if chance() < 0.15 else self._price(bid, offer)
        sell = 100 if chance() < 0.5 else 1
        return (
            JudgedOrder(
                self._pick(SYMBOLS),
                self._pick(ACCOUNTS),
                side,
                None if chance() < 0.05 else self._quantity(price or offer, sell),
                None if price is None else float(price),
            ),
            MetQuote(
                None if chance() < 0.05 else float(bid), None if chance() < 0.05 else float(offer), 0, 0, 0
            ),
        )

    def _price(self, bid: Decimal, offer: Decimal) -> Decimal:
        chance = self._random.random()
        if chance < 0.1:
            return self._near(self._pick(_BASES), 0.5)
        if chance < 0.6:
            return round(self._pick((bid, offer)), self._pick((1, 2, 4, 5)))
        touch = self._pick((bid, offer))
        return self._beside(touch, touch)

    def _beside(self, start: Decimal, whole: Decimal) -> Decimal:
        """A price that is a limit away from another one, in money or by a part of a whole, or nearly so."""
        factor, sign = self._pick(_FACTORS), self._pick((1, 1, 1, -1))
        if self._random.random() < 0.5:
            return self._near(start + sign * factor * self._pick(_STEPS), 0.5)
        ratio = factor * self._pick(_RATIOS)
        part = self._pick((ratio * whole, whole * ratio / (1 - ratio / 2)))
        return self._near((start + sign * part).quantize(TICK), 0.5)

    def _quantity(self, price: Decimal, multiplier: int) -> float:
        chance = self._random.random()
        if chance < 0.7:
            return 10.0
        if chance < 0.85 or not price:
            return float(self._near(self._pick(_SIZES), 0.5) * self._pick((1, 1, -1)))
        value = self._pick(_VALUES) / multiplier
        return float(self._near((value / price).quantize(TICK), 0.5))

    def _near(self, number: Decimal, chance: float) -> Decimal:
        """The number, or with some chance one a few ticks beside it."""
        return number if self._random.random() < chance else number + self._random.randint(-2, 2) * TICK

    def _pick(self, choices: tuple[T, ...]) -> T:
        return self._random.choice(choices)
