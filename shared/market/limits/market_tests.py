"""The tests of the market that an order meets: how wide it is, how old, and in which state."""

from decimal import Decimal

from shared.market import exact
from shared.market.age import age_us
from shared.market.limits.decimal_text import plain, rounded_ratio
from shared.market.limits.outcome import Case, Outcome, Result, Test, at_least, milliseconds
from shared.market.limits.rules_in_force import WidthBounds
from shared.market.limits.values import Policy

_HALTED = frozenset({1, 2, 4, 5})
_AUCTION = 3

NOT_SET, PASSED, SKIPPED = Outcome.NOT_SET, Outcome.PASSED, Outcome.SKIPPED


def spread(case: Case) -> Result:
    """The spread is at or above the tier's."""
    if case.rules.tiers is None:
        return NOT_SET
    if case.bid is None or case.offer is None:
        return SKIPPED
    return _spread("spread", case.bid, case.offer, case.rules.tiers.at(case.bid))


def spread_ratio(case: Case) -> Result:
    """The spread's part of the mid is at or above the tier's."""
    if case.rules.tiers is None:
        return NOT_SET
    if case.bid is None or case.offer is None:
        return SKIPPED
    return _spread_ratio("spread_ratio", case.bid, case.offer, case.rules.tiers.at(case.bid))


def _spread(name: str, bid: float, offer: float, width: WidthBounds) -> Result:
    if width.spread is None:
        return NOT_SET
    if not exact.difference_reaches(offer, bid, width.spread):
        return PASSED
    return at_least(name, width.spread, plain(exact.difference(offer, bid)))


def _spread_ratio(name: str, bid: float, offer: float, width: WidthBounds) -> Result:
    if width.ratio is None:
        return NOT_SET
    if not exact.is_positive_sum(bid, offer) or not exact.ratio_reaches(offer, bid, bid, offer, width.ratio):
        return PASSED
    twice = exact.EXACT.multiply(exact.difference(offer, bid), Decimal(2))
    total = exact.EXACT.add(exact.decimal_of(bid), exact.decimal_of(offer))
    return at_least(name, width.ratio, plain(rounded_ratio(twice, total, width.ratio.exact)))


def no_quote(case: Case) -> Result:
    """The symbol has no quote, or both sides are absent."""
    return _by_state(
        case, "no_quote", case.rules.states.no_quote, is_so=case.bid is None and case.offer is None
    )


def stale_quote(case: Case) -> Result:
    """The quote was applied longer ago than the limit, or in the future."""
    limit_ms, quote = case.rules.stale.quote_ms, case.quote
    if limit_ms is None:
        return NOT_SET
    if quote is None or (quote.updated_at_us is None and quote.bid is None and quote.offer is None):
        return SKIPPED
    return _silence("stale_quote", limit_ms, age_us(quote.updated_at_us, case.now_us))


def stale_feed(case: Case) -> Result:
    """The quote's source was last heard of longer ago than the limit."""
    limit_ms, quote = case.rules.stale.feed_ms, case.quote
    if limit_ms is None:
        return NOT_SET
    if quote is None or not quote.source:
        return SKIPPED
    return _silence("stale_feed", limit_ms, age_us(quote.heard_at_us, case.now_us))


def _silence(name: str, limit_ms: int, age: int | None) -> Result:
    is_silent = age is None or age > 1000 * limit_ms
    return f"{name}>{limit_ms}:{milliseconds(age)}" if is_silent else PASSED


def one_sided(case: Case) -> Result:
    """Exactly one side is absent; if only the needed side counts, the one that the order would meet."""
    policy = case.rules.states.one_sided
    if case.bid is None and case.offer is None:
        return _by_state(case, "one_sided", policy, is_so=None)
    is_one_sided = case.bid is None or case.offer is None
    if policy.kind == "needed":
        is_one_sided = case.touch is None
    return _by_state(case, "one_sided", policy, is_so=is_one_sided)


def locked(case: Case) -> Result:
    """Bid and offer are equal."""
    is_locked = None if case.bid is None or case.offer is None else case.bid == case.offer
    return _by_state(case, "locked", case.rules.states.locked, is_so=is_locked)


def crossed(case: Case) -> Result:
    """The bid is above the offer."""
    is_crossed = None if case.bid is None or case.offer is None else case.bid > case.offer
    return _by_state(case, "crossed", case.rules.states.crossed, is_so=is_crossed)


def negative(case: Case) -> Result:
    """A side is below zero."""
    sides = [price for price in (case.bid, case.offer) if price is not None]
    return _by_state(case, "negative", case.rules.states.negative, is_so=min(sides) < 0 if sides else None)


def halted(case: Case) -> Result:
    """The symbol is halted, paused or closed, or its quotes are not firm."""
    return _by_state(case, "halted", case.rules.states.halted, is_so=_is_in(case, _HALTED))


def auction(case: Case) -> Result:
    """The symbol is in an auction or before the open."""
    return _by_state(case, "auction", case.rules.states.auction, is_so=_is_in(case, frozenset({_AUCTION})))


def _is_in(case: Case, statuses: frozenset[int]) -> bool | None:
    status = None if case.quote is None else case.quote.status
    return None if status is None else status in statuses


def _by_state(case: Case, name: str, policy: Policy, *, is_so: bool | None) -> Result:
    """A test of a state; None is so where the symbol has not what is looked at."""
    if policy.kind == "pass":
        return NOT_SET
    if is_so is None:
        return SKIPPED
    if not is_so:
        return PASSED
    if not policy.after_ms:
        return name
    since_us = None if case.quote is None else case.quote.state_since_us
    age = age_us(since_us, case.now_us)
    has_lasted = age is None or age >= 1000 * policy.after_ms
    return f"{name}>={policy.after_ms}:{milliseconds(age)}" if has_lasted else PASSED


def market_order(case: Case) -> Result:
    """An order without any price, on a market that is at or above the limits for such."""
    width = case.rules.market
    if width is None:
        return NOT_SET
    if not case.order.is_without_price or case.bid is None or case.offer is None:
        return SKIPPED
    results = (
        _spread("market_order", case.bid, case.offer, width),
        _spread_ratio("market_order_ratio", case.bid, case.offer, width),
    )
    return ";".join(result for result in results if isinstance(result, str)) or PASSED


MARKET_TESTS: tuple[tuple[str, Test], ...] = (
    ("spread", spread),
    ("spread_ratio", spread_ratio),
    ("no_quote", no_quote),
    ("stale_quote", stale_quote),
    ("stale_feed", stale_feed),
    ("one_sided", one_sided),
    ("locked", locked),
    ("crossed", crossed),
    ("negative", negative),
    ("halted", halted),
    ("auction", auction),
    ("market_order", market_order),
)
"""By their reasons, in the order in which an alert names them."""
