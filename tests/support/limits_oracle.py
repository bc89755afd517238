"""The verdict as the contract words it, in exact fractions, one test after the other, without any look-up."""

from fractions import Fraction

from shared.market.limits.met import JudgedOrder, MetQuote
from shared.market.limits.values import AccountProfile, ClassRules, Collar, Steps, Width

BUY = 1


def number(value: float | None) -> Fraction | None:
    """A price or a quantity in its decimal sense."""
    return None if value is None else Fraction(repr(value))


def reasons(
    rules: ClassRules,
    multiplier: object,
    absent: frozenset[float],
    profile: AccountProfile | None,
    order: JudgedOrder,
    quote: MetQuote,
) -> tuple[str, ...]:
    """Which tests of prices and sizes an order breaks: those without times, states and bands.

    Args:
        rules: of the order's class in its window.
        multiplier: of its class.
        absent: the prices that mean no price.
        profile: of its account.
        order: the order.
        quote: what it met.
    """
    tighten = Fraction(1) if profile is None else Fraction(profile.tighten)
    bid, offer = (None if price in absent else number(price) for price in (quote.bid, quote.offer))
    price, quantity = number(order.price), number(order.quantity)
    is_buy = order.side == BUY
    touch, own = (offer, bid) if is_buy else (bid, offer)
    found = []
    if bid is not None and offer is not None:
        if rules.tiers is not None:
            found += _wide(("spread", "spread_ratio"), _step(rules.tiers, bid), bid, offer, tighten)
        if rules.order.market is not None and price is None:
            names = ("market_order", "market_order")
            found += _wide(names, rules.order.market, bid, offer, tighten)[:1]
    for name, collars, side, sign in (
        ("through", rules.order.through, touch, 1),
        ("away", rules.order.away, own, -1),
    ):
        if collars is not None and price is not None and side is not None:
            distance = sign * (price - side if is_buy else side - price)
            limit = _collar_limit(_step(collars, side if bid is None else bid), side, tighten)
            found += [name] if limit is not None and distance >= limit else []
    if rules.order.tick is not None and price is not None:
        found += ["off_tick"] if price % Fraction(_step(rules.order.tick, abs(price))) else []
    found += _sizes(rules, Fraction(str(multiplier)), profile, quantity, touch if price is None else price)
    return tuple(found)


def _step(steps: Steps[object], price: Fraction) -> object:
    """The last step that begins at or below a price, else the first."""
    return [step for begin, step in steps.steps if Fraction(begin) <= price][-1:] or [steps.steps[0][1]]
