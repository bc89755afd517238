"""Distributions: how exact they are, and what they say of the time since the last look."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.telemetry.histogram import Histogram, Window

VALUES = st.integers(0, 2**40)
FRACTIONS = (0.5, 0.95, 0.99, 0.999)


@given(st.lists(VALUES, min_size=1, max_size=200), st.floats(0.001, 1))
def test_percentiles_are_within_three_percent(values: list[int], fraction: float) -> None:
    """A percentile is the value that so many did not exceed, or up to 3.2 % above it."""
    histogram = Histogram()
    window = Window(histogram)
    for value in values:
        histogram.record(value)

    right = sorted(values)[max(math.ceil(len(values) * fraction), 1) - 1]

    (found,) = window.percentiles((fraction,)) or (-1,)
    assert max(right, 1) <= found <= max(right, 1) * (1 + 1 / 31)


@given(st.lists(VALUES, max_size=200), st.integers(0, 40))
def test_counts_up_to_a_power_of_two_are_exact(values: list[int], power: int) -> None:
    """The bounds that Prometheus is shown are those of buckets: a value of just the bound is below it."""
    histogram = Histogram()
    for value in [*values, 2**power, 2**power + 1]:
        histogram.record(value, 3)

    assert histogram.up_to(power) == 3 * (sum(value <= 2**power for value in values) + 1)
    assert histogram.total == 3 * (len(values) + 2)
    assert histogram.sum == 3 * (sum(values) + 2 * 2**power + 1)


def test_a_value_beyond_the_range_is_counted_with_the_largest() -> None:
    """A latency of more than two weeks neither fails nor is lost."""
    histogram = Histogram()
    histogram.record(2**60)

    assert histogram.total == 1
    assert histogram.up_to(40) == 0


def test_a_window_tells_of_the_time_since_the_last_look() -> None:
    """Each look is about what was counted since the one before, and None when that is nothing."""
    histogram = Histogram()
    histogram.record(1_000_000, 50)
    window = Window(histogram)

    assert window.percentiles(FRACTIONS) is None
    histogram.record(10, 99)
    histogram.record(30)
    assert window.percentiles(FRACTIONS) == [10, 10, 10, 30]
    assert window.percentiles(FRACTIONS) is None


@pytest.mark.parametrize("value", [0, 1, 2, 31, 32, 33, 63, 64])
def test_small_values_are_exact(value: int) -> None:
    """Values up to 64 have buckets of their own; 0 counts as 1."""
    histogram = Histogram()
    window = Window(histogram)
    histogram.record(value)

    assert window.percentiles((1.0,)) == [max(value, 1)]
