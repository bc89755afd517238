"""Comparisons that are exact in the decimal sense of the prices.

Prices are decimals that happen to travel as doubles. Doubles are compared where their rounding cannot
matter; where it could, the shortest decimal texts of the prices are. The margins take arrays as well.
"""

import decimal
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

EXACT: Final = decimal.Context(prec=2000, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)
"""Wide enough for sums and products of any doubles."""

_RELATIVE_SLACK: Final = 2.0**-49
"""Bounds all rounding of one comparison, relative to the sizes of what is added: its few operations and
inputs are off by at most 2**-53 each, and there is room for a factor of two."""
_ABSOLUTE_SLACK: Final = 1e-300
"""The same where numbers are so small that they lose digits."""

Number = TypeVar("Number", float, NDArray[np.float64])


class Bound(NamedTuple):
    """A limit, for both ways of comparing."""

    exact: Decimal
    near: float


def bound(number: Decimal) -> Bound:
    """A number of the file as a limit."""
    return Bound(number, float(number))


def decimal_of(price: float) -> Decimal:
    """The decimal that a double stands for."""
    return Decimal(repr(price))


def difference_margin(high: Number, low: Number, limit: Number | float) -> tuple[Number, Number]:
    """How far `high - low` is beyond a limit, and what rounding may have done to that."""
    return high - low - limit, _RELATIVE_SLACK * (abs(high) + abs(low) + limit) + _ABSOLUTE_SLACK


def ratio_margin(
    high: Number, low: Number, one: Number, other: Number, limit: Number | float
) -> tuple[Number, Number]:
    """How far `2 (high - low)` is beyond a part of `one + other`, and what rounding may have done to that."""
    size = 2 * (abs(high) + abs(low)) + limit * (abs(one) + abs(other))
    return 2 * (high - low) - limit * (one + other), _RELATIVE_SLACK * size + _ABSOLUTE_SLACK


def _product_margin(quantity: float, price: float, factor: float, limit: float) -> tuple[float, float]:
    """How far the size of `quantity x price x factor` is beyond a limit, and what rounding may have done."""
    value = abs(quantity * price) * factor
    return value - limit, _RELATIVE_SLACK * (value + limit) + _ABSOLUTE_SLACK


def difference_reaches(high: float, low: float, limit: Bound) -> bool:
    """Whether `high - low` is at or above a limit."""
    margin, slack = difference_margin(high, low, limit.near)
    if abs(margin) > slack:
        return margin > 0
    return difference(high, low) >= limit.exact


def ratio_reaches(high: float, low: float, one: float, other: float, limit: Bound) -> bool:
    """Whether `high - low` is at or above a part of the mean of `one` and `other`, which is above zero."""
    margin, slack = ratio_margin(high, low, one, other, limit.near)
    if abs(margin) > slack:
        return margin > 0
    whole = EXACT.add(decimal_of(one), decimal_of(other))
    return EXACT.multiply(difference(high, low), Decimal(2)) >= EXACT.multiply(limit.exact, whole)


def product_reaches(quantity: float, price: float, factor: Bound, limit: Bound) -> bool:
    """Whether the size of `quantity x price x factor` is at or above a limit."""
    margin, slack = _product_margin(quantity, price, factor.near, limit.near)
    if abs(margin) > slack:
        return margin > 0
    return product(quantity, price, factor.exact) >= limit.exact


def is_positive_sum(one: float, other: float) -> bool:
    """Whether the sum of two prices is above zero: of doubles it is so just if it is of their decimals."""
    return one > -other


def difference(high: float, low: float) -> Decimal:
    """`high - low`, exactly."""
    return EXACT.subtract(decimal_of(high), decimal_of(low))


def product(quantity: float, price: float, factor: Decimal) -> Decimal:
    """The size of `quantity x price x factor`, exactly."""
    return EXACT.multiply(EXACT.multiply(decimal_of(quantity), decimal_of(price)), factor).copy_abs()
