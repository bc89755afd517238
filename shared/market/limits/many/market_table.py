"""The verdict table of a batch: for each symbol with an account profile, and each side, what surely passes.

Everything errs to one side: what rounding could have changed counts as not sure.
"""

from math import inf
from typing import Final, NamedTuple

import numpy as np

from shared.market.age import CLOCKS_DIFFER_US
from shared.market.limits.many.columns import MISSING, Bools, Floats, Ints, QuoteColumns, QuoteTimes
from shared.market.limits.many.rule_arrays import LONG_US, RuleArrays

SLACK: Final = 2.0**-46
"""More than all rounding of a comparison and a tightened limit, relative to the sizes of what is compared."""
TINY: Final = 1e-290
"""The same where numbers are so small that they lose digits."""

_HALTED: Final = np.array([1, 2, 4, 5])
_AUCTION: Final = 3


class MarketTable(NamedTuple):
    """What an order may do, by pair of symbol and profile, and by side."""

    low: Floats
    """A price above this and below `high` passes all tests of market and price, the tick's apart."""
    high: Floats
    without_price: Bools
    """Whether an order without a price passes all tests of the market."""
    touch: Floats
    """The price that an order would meet; NaN where there is none."""


class Pairs(NamedTuple):
    """The pairs of symbol and account profile that orders have."""

    symbol: Ints
    """The place of each one's symbol."""
    tighten: Floats
    """The factor of each one's profile."""


def market_table(rules: RuleArrays, rows: Ints, quotes: QuoteColumns, pairs: Pairs) -> MarketTable:
    """The table of some pairs; how long anybody was silent is not in it, see `are_fresh`.

    Args:
        rules: what is tested.
        rows: the row of each symbol.
        quotes: of each symbol; see `as_judged`.
        pairs: of these symbols with profiles.
    """
    is_calm = _states_pass(rules, rows, quotes)
    symbol, tighten = pairs
    row, bid, offer = rows[symbol], quotes.bid[symbol], quotes.offer[symbol]
    step = rules.tiers.step(row, bid)
    spread, ratio = (each[row, step] for each in rules.tiers.values)
    passes = is_calm[symbol] & _narrow(bid, offer, spread, ratio, tighten)[:, None]
    is_narrow_enough = _narrow(bid, offer, rules.market[row, 0], rules.market[row, 1], tighten)
    low, high = _collars(rules, row, bid, offer, tighten)
    has_bands = rules.bands[row]
    band_low, band_high = quotes.band_low[symbol], quotes.band_high[symbol]
    low = np.maximum(low, np.where(has_bands & (band_low != 0), band_low, -inf)[:, None])
    high = np.minimum(high, np.where(has_bands & (band_high != 0), band_high, inf)[:, None])
    return MarketTable(
        low=low,
        high=np.where(passes, high, -inf),
        without_price=passes & is_narrow_enough[:, None],
        touch=np.stack((bid, offer), axis=1),
    )


def as_judged(quotes: QuoteColumns, absent: Floats, is_absent: Bools) -> QuoteColumns:
    """Quotes without the prices that mean no price to their class.

    Args:
        quotes: as received.
        absent: the prices that mean no price in some class.
        is_absent: by symbol, which of them do in its class.
    """
    bid, offer = quotes.bid, quotes.offer
    for place, price in enumerate(absent):
        bid = np.where((bid == price) & is_absent[:, place], np.nan, bid)
        offer = np.where((offer == price) & is_absent[:, place], np.nan, offer)
    return quotes._replace(bid=bid, offer=offer)


def _states_pass(rules: RuleArrays, rows: Ints, quotes: QuoteColumns) -> Bools:
    """By symbol and side, whether no state alerts, however long it has lasted."""
    bid, offer = quotes.bid, quotes.offer
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


def are_fresh(rules: RuleArrays, rows: Ints, times: QuoteTimes, now_us: int) -> Bools:
    """Whether neither the quote of each symbol nor its source has been silent for too long."""
    is_fresh = _is_recent(times.updated_at_us, rules.quote_us[rows], now_us) | ~times.has_quote
    is_heard = _is_recent(times.heard_at_us, rules.feed_us[rows], now_us) | ~times.has_source
    return is_fresh & is_heard


def _is_recent(moments_us: Ints, limits_us: Ints, now_us: int) -> Bools:
    is_known = (moments_us != MISSING) & (moments_us <= now_us + CLOCKS_DIFFER_US)
    is_recent: Bools = (limits_us == LONG_US) | (is_known & (now_us - moments_us <= limits_us))
    return is_recent


def _narrow(bid: Floats, offer: Floats, spread: Floats, ratio: Floats, tighten: Floats) -> Bools:
    """Whether spread and ratio are surely below their limits, or not tested."""
    width, total = offer - bid, offer + bid
    slack = SLACK * (np.abs(offer) + np.abs(bid)) + TINY
    money = np.where(np.isnan(spread), inf, spread) * tighten
    part = np.where(np.isnan(ratio), 0.0, ratio) * tighten
    is_below_spread = width + slack < money * (1 - SLACK)
    is_below_ratio = 2 * width + (2 + part) * slack < part * total
    return np.isnan(width) | (is_below_spread & (is_below_ratio | np.isnan(ratio) | (total <= 0)))


def _collars(
    rules: RuleArrays, row: Ints, bid: Floats, offer: Floats, tighten: Floats
) -> tuple[Floats, Floats]:
    """By side, between which prices an order surely passes `through` and `away`."""
    by = np.where(np.isnan(bid), offer, bid)
    bounds = []
    for ladder in (rules.through, rules.away):
        step = ladder.step(row, by)
        money, ratio, use_larger = (each[row, step] for each in ladder.values)
        choose = use_larger == 1
        for touch, sign in ((bid, -1.0), (offer, 1.0)):
            part = np.where(touch > 0, touch, np.nan) * ratio
            distance = np.where(choose, np.fmax(money, part), np.fmin(money, part)) * tighten
            nearer = SLACK * (np.abs(touch) + distance) + TINY
            bound = touch + sign * (distance - nearer)
            bounds.append(np.where(np.isnan(bound), sign * inf, bound))
    sell_through, buy_through, buy_away, sell_away = bounds
    return np.stack((sell_through, buy_away), axis=1), np.stack((sell_away, buy_through), axis=1)
