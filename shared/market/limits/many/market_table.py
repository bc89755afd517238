"""The verdict table of a batch: for each symbol, account profile and side, what passes for sure.

Everything errs to one side: what rounding could have changed counts as not sure.
"""

from math import inf
from typing import Final, NamedTuple

import numpy as np

from shared.market.age import CLOCKS_DIFFER_US
from shared.market.limits.many.columns import MISSING, Bools, Floats, Ints, QuoteColumns
from shared.market.limits.many.rule_arrays import LONG_US, LadderArrays, RuleArrays

SLACK: Final = 2.0**-46
"""More than all rounding of a comparison and a tightened limit, relative to the sizes of what is compared."""
TINY: Final = 1e-290
"""The same where numbers are so small that they lose digits."""

_HALTED: Final = np.array([1, 2, 4, 5])
_AUCTION: Final = 3
SELL, BUY = 0, 1


class MarketTable(NamedTuple):
    """What an order may do, by symbol, profile and side."""

    low: Floats
    """A price above this and below `high` passes all tests of market and price, the tick's apart."""
    high: Floats
    without_price: Bools
    """Whether an order without a price passes all tests of the market."""
    touch: Floats
    """By symbol and side: the price that the order would meet; NaN where there is none."""


def market_table(
    rules: RuleArrays, rows: Ints, quotes: QuoteColumns, tighten: Floats, absent: Floats, now_us: int
) -> MarketTable:
    """The table of some symbols.

    Args:
        rules: what is tested.
        rows: the row of each symbol.
        quotes: of each symbol.
        tighten: the factor of each profile.
        absent: the prices that mean no price in some class.
        now_us: when it is judged, microseconds since the Unix epoch.
    """
    bid, offer = (_without(absent, rules.absent[rows], price) for price in (quotes.bid, quotes.offer))
    step = rules.tiers.step(rows, bid)
    spread, ratio = (each[rows, step] for each in rules.tiers.values)
    is_calm = _states_pass(rules, rows, quotes, bid, offer) & _fresh(rules, rows, quotes, now_us)[:, None]
    is_narrow = _narrow(bid, offer, spread, ratio, tighten)
    passes = is_calm[:, None, :] & is_narrow[:, :, None]
    is_narrow_enough = _narrow(bid, offer, rules.market[rows, 0], rules.market[rows, 1], tighten)
    low, high = _bounds(rules, rows, bid, offer, tighten)
    has_bands = rules.bands[rows]
    low = np.maximum(low, np.where(has_bands & (quotes.band_low != 0), quotes.band_low, -inf)[:, None, None])
    high = np.minimum(
        high, np.where(has_bands & (quotes.band_high != 0), quotes.band_high, inf)[:, None, None]
    )
    return MarketTable(
        low=low,
        high=np.where(passes, high, -inf),
        without_price=passes & is_narrow_enough[:, :, None],
        touch=np.stack((bid, offer), axis=1),
    )


def _without(absent: Floats, is_absent: Bools, prices: Floats) -> Floats:
    """Prices, with NaN for those that mean no price to their class."""
    for place, price in enumerate(absent):
        prices = np.where((prices == price) & is_absent[:, place], np.nan, prices)
    return prices


def _states_pass(rules: RuleArrays, rows: Ints, quotes: QuoteColumns, bid: Floats, offer: Floats) -> Bools:
    """By symbol and side, whether no state alerts, however long it has lasted."""
    no_bid, no_offer = np.isnan(bid), np.isnan(offer)
    is_one_sided = no_bid != no_offer
    meets_nothing = np.stack((no_bid, no_offer), axis=1) & is_one_sided[:, None]
    by_side = np.where(rules.is_needed[rows][:, None], meets_nothing, is_one_sided[:, None])
    found = np.stack(
        (
            no_bid & no_offer,
            np.zeros_like(no_bid),  # one-sided: by side
            bid == offer,
            bid > offer,
            (bid < 0) | (offer < 0),
            np.isin(quotes.status, _HALTED),
            quotes.status == _AUCTION,
        ),
        axis=1,
    )
    alerts = rules.alerts[rows]
    is_alert: Bools = np.any(found & alerts, axis=1)[:, None] | (by_side & alerts[:, 1:2])
    return ~is_alert


def _fresh(rules: RuleArrays, rows: Ints, quotes: QuoteColumns, now_us: int) -> Bools:
    """Whether neither the quote nor its source has been silent for too long."""
    has_quote: Bools = (quotes.updated_at_us != MISSING) | ~(np.isnan(quotes.bid) & np.isnan(quotes.offer))
    is_fresh = _is_recent(quotes.updated_at_us, rules.quote_us[rows], now_us) | ~has_quote
    is_heard = _is_recent(quotes.heard_at_us, rules.feed_us[rows], now_us) | ~quotes.has_source
    return is_fresh & is_heard


def _is_recent(moments_us: Ints, limits_us: Ints, now_us: int) -> Bools:
    is_known = (moments_us != MISSING) & (moments_us <= now_us + CLOCKS_DIFFER_US)
    is_recent: Bools = (limits_us == LONG_US) | (is_known & (now_us - moments_us <= limits_us))
    return is_recent


def _narrow(bid: Floats, offer: Floats, spread: Floats, ratio: Floats, tighten: Floats) -> Bools:
    """By symbol and profile, whether spread and ratio are surely below their limits, or not tested."""
    width, total, size = offer - bid, offer + bid, np.abs(offer) + np.abs(bid)
    money = np.where(np.isnan(spread), inf, spread)[:, None] * tighten
    part = np.where(np.isnan(ratio), 0.0, ratio)[:, None] * tighten
    slack = (SLACK * size + TINY)[:, None]
    is_below_spread = width[:, None] + slack < money * (1 - SLACK)
    is_below_ratio = 2 * width[:, None] + (2 + part) * slack < part * total[:, None]
    is_off = np.isnan(ratio) | (total <= 0)
    return np.isnan(width)[:, None] | (is_below_spread & (is_below_ratio | is_off[:, None]))


def _bounds(
    rules: RuleArrays, rows: Ints, bid: Floats, offer: Floats, tighten: Floats
) -> tuple[Floats, Floats]:
    """By symbol, profile and side, between which prices an order surely passes `through` and `away`."""
    by = np.where(np.isnan(bid), offer, bid)
    through, away = (
        [_distance(ladder, rows, ladder.step(rows, by), touch, tighten) for touch in (bid, offer)]
        for ladder in (rules.through, rules.away)
    )
    low = [
        _beside(bid, -through[0]),  # a sell through the bid
        _beside(bid, -away[0]),  # a buy away from the bid
    ]
    high = [_beside(offer, away[1]), _beside(offer, through[1])]
    return np.stack(low, axis=2), np.stack(high, axis=2)


def _distance(ladder: LadderArrays, rows: Ints, step: Ints, touch: Floats, tighten: Floats) -> Floats:
    """How far from a touch the limit is; infinite where there is none."""
    money, ratio, use_larger = (each[rows, step][:, None] for each in ladder.values)
    part = np.where(touch > 0, touch, np.nan)[:, None] * ratio
    both = np.where(use_larger == 1, np.fmax(money, part), np.fmin(money, part)) * tighten
    return np.where(np.isnan(both), inf, both)


def _beside(touch: Floats, distance: Floats) -> Floats:
    """A price so far from the touch, a little nearer than rounding can matter; infinite for no touch."""
    sign = np.where(distance < 0, -1.0, 1.0)
    slack = SLACK * (np.abs(touch)[:, None] + np.abs(distance)) + TINY
    price = np.where(np.isinf(distance), distance, touch[:, None] + distance - sign * slack)
    return np.where(np.isnan(touch)[:, None], sign * inf, price)
