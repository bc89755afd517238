"""The risk rule, scalar and vectorised, against exact arithmetic on the decimal text of the prices."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.market.rule import Limits, reasons, reasons_of_many

TICK = Decimal("0.00000001")
TOP = 10_000_000 * 10**8
"""The highest price that the contract speaks of, in ticks."""

FIVE_CENTS = Limits()
Market = tuple[float, float]


def exact_reasons(bid: float, offer: float, limits: Limits) -> tuple[str, ...]:
    """The rule as the contract words it, in exact arithmetic."""
    exact_bid, exact_offer = Fraction(repr(bid)), Fraction(repr(offer))
    spread, mid = exact_offer - exact_bid, (exact_bid + exact_offer) / 2
    found: tuple[str, ...] = ("spread",) if spread >= Fraction(limits.max_spread) else ()
    if mid > 0 and spread / mid >= Fraction(limits.max_spread_ratio):
        found += ("spread_ratio",)
    return found


def price(ticks: int) -> float:
    """So many hundred-millionths as the double that a feed would send."""
    return float(ticks * TICK)


@st.composite
def anywhere(draw: st.DrawFn) -> Market:
    """A market of any two prices of the contract's range, crossed and negative ones too."""
    ticks = st.integers(-TOP, TOP)
    return price(draw(ticks)), price(draw(ticks))


@st.composite
def near_the_spread(draw: st.DrawFn, max_spread: Decimal = FIVE_CENTS.max_spread) -> Market:
    """A market within some ticks of the widest spread that is not risky."""
    bid = draw(st.integers(-TOP, TOP))
    return price(bid), price(bid + int(max_spread / TICK) + draw(st.integers(-2, 2)))


@st.composite
def near_the_ratio(draw: st.DrawFn, max_ratio: Decimal = FIVE_CENTS.max_spread_ratio) -> Market:
    """A market within some ticks of a spread that is just so much of the mid."""
    numerator, denominator = max_ratio.as_integer_ratio()
    low, high = 2 * denominator - numerator, 2 * denominator + numerator  # bid : offer at the boundary
    unit = draw(st.integers(1, TOP // high))
    return price(low * unit), price(high * unit + draw(st.integers(-2, 2)))


@st.composite
def around_nothing(draw: st.DrawFn) -> Market:
    """A market whose mid is zero, or a tick beside it."""
    bid = draw(st.integers(-TOP, TOP))
    return price(bid), price(-bid + draw(st.integers(-1, 1)))


MARKETS = anywhere() | near_the_spread() | near_the_ratio() | around_nothing()
ANY_DOUBLE = st.floats(allow_nan=False, allow_infinity=False)


@given(MARKETS)
@example((10.0, 10.05))
@example((0.0, 0.0))
@example((-0.0, 0.0))
@example((-5.0, 5.0))
@example((9_999_999.95, 10_000_000.0))
@example((9_999_999.95000001, 10_000_000.0))
def test_one_market_is_judged_exactly(market: Market) -> None:
    """One market gets the verdict of exact arithmetic, however near to a limit it is."""
    assert reasons(*market, FIVE_CENTS) == exact_reasons(*market, FIVE_CENTS)


@given(st.lists(MARKETS, max_size=50))
def test_many_markets_are_judged_exactly(markets: list[Market]) -> None:
    """Many markets at once each get the verdict of exact arithmetic."""
    bids, offers = [bid for bid, _ in markets], [offer for _, offer in markets]

    assert reasons_of_many(bids, offers, FIVE_CENTS) == [exact_reasons(*each, FIVE_CENTS) for each in markets]


@given(
    st.data(),
    st.builds(lambda ticks: ticks * Decimal("0.0001"), st.integers(0, 30_000)),
    st.builds(lambda ticks: ticks * Decimal("0.001"), st.integers(1, 1999)),
)
def test_other_limits_are_exact_too(data: st.DataObject, max_spread: Decimal, max_ratio: Decimal) -> None:
    """Limits that a user sets are taken in their decimal sense by both forms of the rule."""
    limits = Limits(max_spread, max_ratio)
    markets = data.draw(
        st.lists(
            anywhere() | near_the_spread(max_spread) | near_the_ratio(max_ratio), min_size=1, max_size=20
        )
    )

    right = [exact_reasons(*each, limits) for each in markets]

    assert [reasons(*each, limits) for each in markets] == right
    assert reasons_of_many([bid for bid, _ in markets], [offer for _, offer in markets], limits) == right


@given(st.lists(st.tuples(ANY_DOUBLE, ANY_DOUBLE), max_size=20))
@example([(1.7e308, -1.7e308), (-1.7e308, 1.7e308), (5e-324, 1e-323), (0.0, 5e-324)])
def test_any_finite_double_is_judged(markets: list[Market]) -> None:
    """Prices far beyond the contract's range neither fail nor warn, and both forms agree on them."""
    bids, offers = [bid for bid, _ in markets], [offer for _, offer in markets]

    assert reasons_of_many(bids, offers, FIVE_CENTS) == [reasons(*each, FIVE_CENTS) for each in markets]
    assert [reasons(*each, FIVE_CENTS) for each in markets] == [
        exact_reasons(*each, FIVE_CENTS) for each in markets
    ]


FROM_ONE_TO_500 = range(100, 50_001)
"""Bids in cents."""


@pytest.mark.parametrize(("spread_cents", "verdict"), [("0.05", ("spread",)), ("0.04999999", ())])
def test_every_five_cent_spread_is_risky(spread_cents: str, verdict: tuple[str, ...]) -> None:
    """Every bid from 1.00 to 500.00 with an offer five cents above is risky, and a tick less is not."""
    bids = [cents / 100 for cents in FROM_ONE_TO_500]
    offers = [float(Decimal(cents) / 100 + Decimal(spread_cents)) for cents in FROM_ONE_TO_500]

    assert {reasons(bid, offer, FIVE_CENTS) for bid, offer in zip(bids, offers, strict=True)} == {verdict}
    assert set(reasons_of_many(bids, offers, FIVE_CENTS)) == {verdict}


@pytest.mark.parametrize(
    ("bid", "offer", "verdict"),
    [
        (10.00, 10.05, ("spread",)),
        (10.00, 10.04, ()),
        (0.39, 0.41, ("spread_ratio",)),
        (0.39, 0.40999999, ()),
        (0.97, 1.02, ("spread", "spread_ratio")),
        (10.05, 10.00, ()),
        (-10.00, -9.95, ("spread",)),
        (-0.01, 0.01, ()),
        (-0.01, 0.02, ("spread_ratio",)),
        (-0.02, 0.01, ()),
        (0.00, 0.05, ("spread", "spread_ratio")),
    ],
)
def test_the_rule_by_example(bid: float, offer: float, verdict: tuple[str, ...]) -> None:
    """The cases of the contract: each limit alone, both, crossed, negative, and a mid of zero or less."""
    assert reasons(bid, offer, FIVE_CENTS) == verdict
    assert reasons_of_many([bid], [offer], FIVE_CENTS) == [verdict]


def test_the_limits_are_five_cents_and_five_percent() -> None:
    """The limits that nobody changed are those of the contract."""
    assert Limits() == Limits(Decimal("0.05"), Decimal("0.05"))
