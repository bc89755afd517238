"""Decimals as text: limits as the file writes them, measured values with the digits that tell something."""

from decimal import Context, Decimal
from typing import Final

from shared.market.exact import EXACT

_FEWEST_DIGITS: Final = 6


def plain(number: Decimal) -> str:
    """A decimal without exponent and without needless zeros."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def tightened(limit: Decimal, factor: Decimal) -> Decimal:
    """A limit times a factor, with no fewer decimals than the file writes and no needless ones."""
    number = Decimal(plain(EXACT.multiply(limit, factor)))
    decimals = min(int(limit.as_tuple().exponent), int(number.as_tuple().exponent))
    return number.quantize(Decimal(1).scaleb(decimals), context=EXACT)


def rounded_ratio(part: Decimal, whole: Decimal, limit: Decimal) -> Decimal:
    """A part of a whole, rounded.

    It has six digits, or as many as the limit has: so rounding never takes it to the limit's other side.
    """
    digits = max(_FEWEST_DIGITS, len(limit.as_tuple().digits))
    return Context(prec=digits, Emax=EXACT.Emax, Emin=EXACT.Emin).divide(part, whole)
