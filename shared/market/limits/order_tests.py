"""The tests of an order's own numbers: its price against the market, its tick, and its size."""

from typing import Final

from shared.market import exact
from shared.market.exact import Bound
from shared.market.limits.decimal_text import plain, rounded_ratio
from shared.market.limits.outcome import Case, Outcome, Result, Test, at_least, milliseconds
from shared.market.limits.rules_in_force import CollarBounds, Ladder

NOT_SET, PASSED, SKIPPED = Outcome.NOT_SET, Outcome.PASSED, Outcome.SKIPPED


def through(case: Case) -> Result:
    """A buy is priced above the offer, or a sell below the bid, by the limit or more."""
    return _collar("through", case, case.rules.through, case.touch, is_above=case.order.is_buy)


def away(case: Case) -> Result:
    """A buy is priced below the bid, or a sell above the offer, by the limit or more."""
    side = case.bid if case.order.is_buy else case.offer
    return _collar("away", case, case.rules.away, side, is_above=not case.order.is_buy)


def _collar(
    name: str, case: Case, collars: Ladder[CollarBounds] | None, touch: float | None, *, is_above: bool
) -> Result:
    """The distance of the order's price from a side of the market, above it or below it.

    Which of several collars holds is chosen by the bid, or by the offer where there is no bid.
    """
    if collars is None:
        return NOT_SET
    price = case.order.price
    if price is None or touch is None:
        return SKIPPED
    collar = collars.at(touch if case.bid is None else case.bid)
    high, low = (price, touch) if is_above else (touch, price)
    limit, is_ratio = _deciding(collar, touch)
    if limit is None:
        return SKIPPED
    if is_ratio:
        return _reach_ratio(f"{name}_ratio", high, low, touch, limit)
    return _reach_money(name, high, low, limit)


def _deciding(collar: CollarBounds, touch: float) -> tuple[Bound | None, bool]:
    """The limit that decides, and whether it is the ratio.

    A ratio of what is not above zero says nothing: without a limit in money there is no limit then.
    """
    money, ratio = collar.money, collar.ratio
    if ratio is None or touch <= 0:
        return money, False
    if money is None:
        return ratio, True
    part = exact.EXACT.multiply(ratio.exact, exact.decimal_of(touch))
    return (ratio, True) if (part > money.exact) == collar.use_larger else (money, False)


def _reach_money(name: str, high: float, low: float, limit: Bound) -> Result:
    if not exact.difference_reaches(high, low, limit):
        return PASSED
    return at_least(name, limit, plain(exact.difference(high, low)))


def _reach_ratio(name: str, high: float, low: float, touch: float, limit: Bound) -> Result:
    if not exact.ratio_reaches(high, low, touch, touch, limit):
        return PASSED
    measured = rounded_ratio(exact.difference(high, low), exact.decimal_of(touch), limit.exact)
    return at_least(name, limit, plain(measured))


def bands(case: Case) -> Result:
    """The price is outside the symbol's bands."""
    if not case.rules.bands:
        return NOT_SET
    price, quote = case.order.price, case.quote
    if price is None or quote is None or not (quote.band_low or quote.band_high):
        return SKIPPED
    if quote.band_low and price < quote.band_low:
        return f"bands<{_text(quote.band_low)}:{_text(price)}"
    if quote.band_high and price > quote.band_high:
        return f"bands>{_text(quote.band_high)}:{_text(price)}"
    return PASSED


def off_tick(case: Case) -> Result:
    """The price is no multiple of the tick."""
    if case.rules.tick is None:
        return NOT_SET
    if case.order.price is None:
        return SKIPPED
    tick = case.rules.tick.at(abs(case.order.price))
    is_off = exact.EXACT.remainder(exact.decimal_of(case.order.price), tick) != 0
    return "off_tick" if is_off else PASSED


def quantity(case: Case) -> Result:
    """The quantity is at or above the limit."""
    limit, amount = case.rules.max_quantity, case.order.quantity
    if limit is None:
        return NOT_SET
    if amount is None:
        return SKIPPED
    return at_least("quantity", limit, _text(abs(amount))) if abs(amount) >= limit.near else PASSED


def notional(case: Case) -> Result:
    """The order's value is at or above the limit."""
    limit, order = case.rules.max_notional, case.order
    if limit is None:
        return NOT_SET
    price = case.touch if order.price is None else order.price
    if order.quantity is not None and price is not None:
        if not exact.product_reaches(order.quantity, price, case.rules.multiplier, limit):
            return PASSED
        value = exact.product(order.quantity, price, case.rules.multiplier.exact)
        return at_least("notional", limit, plain(value))
    if order.cash_quantity is None:
        return SKIPPED
    cash = abs(order.cash_quantity)
    return at_least("notional", limit, _text(cash)) if cash >= limit.near else PASSED


def late(case: Case) -> Result:
    """The order was on its way for longer than its source may take, or it does not tell since when."""
    limit_ms, sent_at_us = case.order.late_ms, case.order.sent_at_us
    if limit_ms is None:
        return NOT_SET
    if not case.order.is_late(case.now_us):
        return PASSED
    age_us = None if sent_at_us is None else case.now_us - sent_at_us
    return f"late>{limit_ms}:{milliseconds(age_us)}"


def _text(number: float) -> str:
    return plain(exact.decimal_of(number))


ORDER_TESTS: Final[tuple[tuple[str, Test], ...]] = (
    ("through", through),
    ("away", away),
    ("bands", bands),
    ("off_tick", off_tick),
    ("quantity", quantity),
    ("notional", notional),
    ("late", late),
)
"""By their reasons, in the order in which an alert names them."""
