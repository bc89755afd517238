"""Numbers of many fields at once."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_LONGEST: Final = 18
"""Digits and a point; a number of so many digits fits into 64 bits."""
_LARGEST_EXACT: Final = 1 << 53
_TENS: Final = 10 ** np.arange(_LONGEST + 1, dtype=np.int64)


def parse_digits(
    text: NDArray[np.uint8], starts: NDArray[np.intp], ends: NDArray[np.intp], most: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Whole numbers, and which of them are 1 to `most` digits and nothing else."""
    sizes = ends - starts
    numbers = np.zeros(len(starts), np.int64)
    is_right = (sizes > 0) & (sizes <= most)
    for place in range(min(most, int(sizes.max(initial=0)))):
        digit = text[starts + place] - np.uint8(48)
        inside = place < sizes
        is_right &= ~inside | (digit <= 9)
        numbers = np.where(inside, numbers * 10 + digit, numbers)
    return numbers, is_right


def parse_decimals(
    text: NDArray[np.uint8], starts: NDArray[np.intp], ends: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Decimal numbers, NaN for nothing at all; and which of them are exactly what `float` makes of them.

    That is so for digits with at most one point, a minus before them or not, as long as the digits are an
    integer that a double holds: one division of two exact doubles is rounded right.
    """
    is_empty = starts == ends
    is_negative = (text[starts] == ord("-")) & ~is_empty
    starts = starts + is_negative
    sizes = ends - starts
    digits = np.zeros(len(starts), np.int64)
    count, decimals = np.zeros(len(starts), np.int8), np.zeros(len(starts), np.int8)
    points = np.zeros(len(starts), np.int8)
    for place in range(min(_LONGEST, int(sizes.max(initial=0)))):
        inside = place < sizes
        byte = text[starts + place]
        digit = byte - np.uint8(48)
        is_digit = (digit <= 9) & inside
        digits = np.where(is_digit, digits * 10 + digit, digits)
        count += is_digit
        decimals += is_digit & (points > 0)
        points += (byte == ord(".")) & inside
    is_right = (count > 0) & (points <= 1) & (count + points == sizes) & (digits <= _LARGEST_EXACT)
    values = digits / _TENS[decimals]
    values = np.where(is_negative, -values, values)
    values[is_empty] = np.nan
    return values, is_right | is_empty
