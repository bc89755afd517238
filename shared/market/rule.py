"""The risk rule: when is a symbol's market too wide to trade in?

With `spread = offer - bid` and `mid = (bid + offer) / 2` a symbol is risky when `spread` is at least
`max_spread`, or when `mid` is positive and `spread / mid` is at least `max_spread_ratio`.

Prices are decimals that happen to travel as doubles. 10.05 - 10.00 is less than 0.05 in doubles, so the
comparison is made in doubles only where the rounding cannot matter, and exactly, on the shortest decimal
text of each price, where it could. Both forms of the rule give the exact answer for all finite doubles.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import numpy as np

from shared.market.exact import EXACT, Number, decimal_of, difference, difference_margin, ratio_margin
from shared.market.reasons import NO_QUOTE, SPREAD, SPREAD_RATIO

_REASONS: Final = ((), (SPREAD,), (SPREAD_RATIO,), (SPREAD, SPREAD_RATIO), (NO_QUOTE,))
"""By 1 for a wide spread and 2 for a relatively wide one; or 4."""
_FAR: Final = 2.0**-40
_SMALLEST: Final = 1e-300
"""What has more than this part of the prices' sum to a limit, and this, is far from it."""
_ABSENT: Final = 4
"""A side is absent: there is no spread, and it is as if there was no quote."""


@dataclass(frozen=True)
class Limits:
    """From where on a market is too wide."""

    max_spread: Decimal = Decimal("0.05")
    """Money, in the unit of the prices."""
    max_spread_ratio: Decimal = Decimal("0.05")
    """Part of the mid."""
    near: tuple[float, float] = field(init=False, repr=False, compare=False)
    """Both as doubles, made once: to make them for each market takes 0.3 us."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "near", (float(self.max_spread), float(self.max_spread_ratio)))


def reasons(bid: float | None, offer: float | None, limits: Limits) -> tuple[str, ...]:
    """Why a market is risky: `spread`, `spread_ratio`, both, nothing; or `no_quote`, without a side."""
    if bid is None or offer is None:
        return _REASONS[_ABSENT]
    if _is_clearly_tight(bid, offer, limits):
        return _REASONS[0]
    spread, spread_slack, ratio, ratio_slack = _margins(bid, offer, limits)
    if abs(spread) > spread_slack and abs(ratio) > ratio_slack:
        wide, relatively_wide = spread > 0, ratio > 0 and bid + offer > 0
    else:
        wide, relatively_wide = _judge_exactly(bid, offer, limits)
    return _REASONS[wide + 2 * relatively_wide]


def reasons_of_many(
    bids: Sequence[float | None], offers: Sequence[float | None], limits: Limits
) -> list[tuple[str, ...]]:
    """`reasons` of each of many markets.

    Args:
        bids: finite, or None.
        offers: the same, as many.
        limits: from where on a market is too wide.
    """
    bid, offer = np.array(bids, np.float64), np.array(offers, np.float64)  # None becomes a NaN
    with np.errstate(over="ignore", invalid="ignore"):
        spread, spread_slack, ratio, ratio_slack = _margins(bid, offer, limits)
        wide, relatively_wide = spread > 0, (ratio > 0) & (bid + offer > 0)
        absent = np.isnan(bid) | np.isnan(offer)
        unsure = ~((np.abs(spread) > spread_slack) & (np.abs(ratio) > ratio_slack)) & ~absent
    for row in np.flatnonzero(unsure).tolist():
        wide[row], relatively_wide[row] = _judge_exactly(bid[row].item(), offer[row].item(), limits)
    codes = np.where(absent, _ABSENT, wide + 2 * relatively_wide)
    return [_REASONS[code] for code in codes.tolist()]


def _is_clearly_tight(bid: float, offer: float, limits: Limits) -> bool:
    """Whether a market of positive prices is far below both limits, as nearly all are: a third of the work.

    What rounding does is below 2**-48 of the prices' sum, which is not below the spread; see `exact`.
    """
    if not 0 < bid <= offer:
        return False
    max_spread, max_ratio = limits.near
    spread, total = offer - bid, bid + offer
    blur = _FAR * total + _SMALLEST
    return spread + blur < max_spread and 2 * spread + blur < max_ratio * total


def _margins(bid: Number, offer: Number, limits: Limits) -> tuple[Number, Number, Number, Number]:
    """How far a market is beyond each limit, each with what rounding may have done to that."""
    max_spread, max_ratio = limits.near
    spread, spread_slack = difference_margin(offer, bid, max_spread)
    ratio, ratio_slack = ratio_margin(offer, bid, bid, offer, max_ratio)
    return spread, spread_slack, ratio, ratio_slack


def _judge_exactly(bid: float, offer: float, limits: Limits) -> tuple[bool, bool]:
    """Both tests on the shortest decimal text of the prices."""
    spread, total = difference(offer, bid), EXACT.add(decimal_of(offer), decimal_of(bid))
    return (
        spread >= limits.max_spread,
        total > 0 and EXACT.multiply(spread, Decimal(2)) >= EXACT.multiply(limits.max_spread_ratio, total),
    )
