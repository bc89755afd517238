"""Ratios of pairs: the mean, how sure it is, and what is slower for sure."""

import math

import numpy as np
import pytest

from benchmarks.paired import Ratio, is_above, ratio_of_pairs, t_quantile


def test_the_ratio_is_the_geometric_mean_of_the_pairs() -> None:
    """Twice as much in one pair and half as much in the other is no difference."""
    found = ratio_of_pairs([2.0, 5.0], [1.0, 10.0])

    assert found.mean == pytest.approx(1.0)


def test_the_interval_is_students() -> None:
    """11 pairs whose logarithms have mean m and deviation s: m plus or minus 1.8125 s / sqrt(11)."""
    logs = [0.03, 0.05, 0.01, 0.07, 0.02, 0.04, 0.06, 0.00, 0.08, -0.02, 0.10]
    deviation = math.sqrt(sum((each - 0.04) ** 2 for each in logs) / 10)

    found = ratio_of_pairs([100 * math.exp(each) for each in logs], [100.0] * 11)

    assert found.mean == pytest.approx(math.exp(0.04))
    reach = 1.8125 * deviation / math.sqrt(11)
    assert found.low == pytest.approx(math.exp(0.04 - reach), abs=1e-5)
    assert found.high == pytest.approx(math.exp(0.04 + reach), abs=1e-5)
    assert found.spread == pytest.approx(math.exp(deviation))


def test_a_machine_that_slows_down_from_pair_to_pair_changes_nothing() -> None:
    """What both of a pair share cancels: the ratio is exact, however far the pairs lie apart."""
    speeds = [1.0, 1.5, 2.0, 9.0]

    found = ratio_of_pairs([1.04 * each for each in speeds], speeds)

    assert (found.mean, found.low, found.high) == pytest.approx((1.04, 1.04, 1.04))


def test_nine_of_ten_intervals_hold_the_true_ratio() -> None:
    """Of 4,000 series of 11 noisy pairs, 90 % have the true ratio in their interval."""
    random = np.random.Generator(np.random.PCG64(1))
    held = 0
    for logs in random.normal(math.log(1.02), 0.1, (4000, 11)):
        found = ratio_of_pairs(np.exp(logs).tolist(), [1.0] * 11)
        held += found.low <= 1.02 <= found.high

    assert held / 4000 == pytest.approx(0.9, abs=0.015)


@pytest.mark.parametrize(
    ("degrees", "right"), [(4, 2.1318), (5, 2.0150), (10, 1.8125), (20, 1.7247), (30, 1.6973)]
)
def test_students_t_is_that_of_the_tables(degrees: int, right: float) -> None:
    """The 95 % quantile agrees with the printed tables to three digits."""
    assert t_quantile(0.95, degrees) == pytest.approx(right, abs=0.001)


@pytest.mark.parametrize(
    ("low", "high", "right"),
    [(0.90, 0.95, False), (1.00, 1.10, False), (1.05, 1.20, False), (1.0501, 1.20, True)],
)
def test_only_what_lies_wholly_above_the_bound_is_slower(low: float, high: float, right: bool) -> None:  # noqa: FBT001
    """An interval that contains the bound, or lies below it, is good."""
    assert is_above(Ratio(mean=1.06, low=low, high=high, spread=1.01), 1.05) is right


def test_one_pair_says_nothing() -> None:
    """A single pair has no spread to judge by."""
    with pytest.raises(ValueError, match="at least two pairs"):
        ratio_of_pairs([1.0], [1.0])
