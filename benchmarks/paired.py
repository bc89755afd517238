"""Pairs of measurements taken one right after the other: by what ratio they differ, and how sure that is.

A machine's speed wanders by a third within an hour, but little from one second to the next. So a ratio is
taken within each pair, and the pairs are taken over a longer time. Ratios multiply, so all of this works on
their logarithms.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist, fmean, stdev
from typing import Final, NamedTuple

CONFIDENCE: Final = 0.9


class Ratio(NamedTuple):
    """By what ratio two things differ."""

    mean: float
    """The geometric mean of the pairs' ratios."""
    low: float
    """Lower end of the interval that holds the true ratio with a probability of 90 %."""
    high: float
    """Upper end of that interval."""
    spread: float
    """How far a single pair's ratio lies from the mean, typically: 1.03 is a factor of 1.03 up or down."""

    def text(self) -> str:
        """The mean and, in brackets, the interval."""
        return f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f})"


def ratio_of_pairs(numerators: Sequence[float], denominators: Sequence[float]) -> Ratio:
    """The ratio of what was measured in pairs.

    Args:
        numerators: one of each pair; all above 0.
        denominators: the other one of each pair, in the same order; all above 0.

    Raises:
        ValueError: there are fewer than two pairs, or the two are not equally many.
    """
    if len(numerators) < 2:
        raise ValueError("at least two pairs are needed to tell how far they differ")
    logs = [math.log(one / other) for one, other in zip(numerators, denominators, strict=True)]
    mean, deviation = fmean(logs), stdev(logs)
    reach = t_quantile((1 + CONFIDENCE) / 2, len(logs) - 1) * deviation / math.sqrt(len(logs))
    return Ratio(math.exp(mean), math.exp(mean - reach), math.exp(mean + reach), math.exp(deviation))


def is_above(ratio: Ratio, bound: float) -> bool:
    """Whether a ratio is above a bound for sure: its whole interval is."""
    return ratio.low > bound


def t_quantile(probability: float, degrees: int) -> float:
    """Quantile of Student's t distribution.

    The first terms of Abramowitz and Stegun, 26.7.5. For a probability of 0.95 the error is below 0.001 from
    4 degrees of freedom on.

    Args:
        probability: 0.5 to 1.
        degrees: of freedom.
    """
    z = NormalDist().inv_cdf(probability)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / float(degrees) ** power for power, term in enumerate(terms))
