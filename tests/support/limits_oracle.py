"""The verdict as it is worded, in exact fractions, one test after the other and without any look-up."""

from decimal import Decimal
from fractions import Fraction

from shared.market.limits.met import JudgedOrder, MetQuote
from shared.market.limits.values import AccountProfile, Collar, Step, Steps, SymbolClass, Width

BUY = 1


def exact(value: float | None) -> Fraction | None:
    """A price or a quantity in its decimal sense."""
    return None if value is None else Fraction(repr(value))


def exact_reasons(
    symbol_class: SymbolClass, profile: AccountProfile | None, order: JudgedOrder, quote: MetQuote
) -> list[str]:
    """Which tests of spreads, prices and sizes an order breaks; states, times and bands are not looked at."""
    rules, absent = symbol_class.rules, set(map(Fraction, symbol_class.absent))
    tighten = Fraction(1) if profile is None else Fraction(profile.tighten)
    bid, offer = (None if price in absent else price for price in (exact(quote.bid), exact(quote.offer)))
    price = exact(order.price)
    touch, own = (offer, bid) if order.side == BUY else (bid, offer)
    found = []
    if bid is not None and offer is not None:
        tier = None if rules.tiers is None else step_at(rules.tiers, bid)
        found += wide(tier, bid, offer, tighten)
        if price is None and wide(rules.order.market, bid, offer, tighten):
            found.append("market_order")
    for name, collars, side in (("through", rules.order.through, touch), ("away", rules.order.away, own)):
        if collars is None or price is None or side is None:
            continue
        is_above = (order.side == BUY) == (name == "through")
        distance = price - side if is_above else side - price
        limit = collar_limit(step_at(collars, side if bid is None else bid), side)
        if limit is not None and distance >= limit * tighten:
            found.append(name)
    if rules.order.tick is not None and price is not None:
        found += ["off_tick"] if price % Fraction(step_at(rules.order.tick, abs(price))) else []
    quantity, met = exact(order.quantity), touch if price is None else price
    if quantity is not None:
        value = None if met is None else quantity * met * Fraction(symbol_class.multiplier)
        found += large("quantity", quantity, rules.order.max_quantity, profile and profile.max_quantity)
        found += large("notional", value, rules.order.max_notional, profile and profile.max_notional)
    return found


def step_at(steps: Steps[Step], price: Fraction) -> Step:
    """The last step that begins at or below a price, else the first."""
    return ([step for begin, step in steps.steps if begin <= price] or [steps.steps[0][1]])[-1]


def wide(width: Width | None, bid: Fraction, offer: Fraction, tighten: Fraction) -> list[str]:
    """Which limits of a market's width it is at or above."""
    if width is None:
        return []
    spread, mid = offer - bid, (bid + offer) / 2
    found = []
    if width.spread is not None and spread >= Fraction(width.spread) * tighten:
        found.append("spread")
    if width.ratio is not None and mid > 0 and spread / mid >= Fraction(width.ratio) * tighten:
        found.append("spread_ratio")
    return found


def collar_limit(collar: Collar, side: Fraction) -> Fraction | None:
    """The distance from a side of the market from which on a price is too far; None if there is no limit."""
    limits = [] if collar.money is None else [Fraction(collar.money)]
    if collar.ratio is not None and side > 0:
        limits.append(Fraction(collar.ratio) * side)
    if not limits:
        return None
    return max(limits) if collar.use == "larger" else min(limits)


def large(name: str, size: Fraction | None, *limits: Decimal | AccountProfile | None) -> list[str]:
    """Whether a size is at or above any of some limits."""
    known = [Fraction(limit) for limit in limits if isinstance(limit, Decimal)]
    return [name] if size is not None and any(abs(size) >= limit for limit in known) else []
