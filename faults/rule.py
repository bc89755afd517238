"""The risk rule once more, written from its description in exact decimals: the oracle's own."""

from decimal import Decimal

_MAX_SPREAD = Decimal("0.05")
_MAX_RATIO = Decimal("0.05")


def reason(bid: float, offer: float) -> str:
    """Why a symbol with this quote is risky; empty if it is not."""
    low, high = Decimal(repr(bid)), Decimal(repr(offer))
    reasons = []
    if high - low >= _MAX_SPREAD:
        reasons.append("spread")
    if low + high > 0 and 2 * (high - low) >= _MAX_RATIO * (low + high):
        reasons.append("spread_ratio")
    return ",".join(reasons)
