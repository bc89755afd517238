"""Waits between attempts: they grow, up to a bound, and begin anew."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from market_spread.waiting.backoff import Backoff

SECONDS = st.floats(0.001, 100)


def test_waits_double_up_to_the_longest_and_begin_anew() -> None:
    """An example with a longest wait that is no doubled first one."""
    backoff = Backoff(0.02, 0.5)
    assert [backoff.next_s() for _ in range(7)] == [0.02, 0.04, 0.08, 0.16, 0.32, 0.5, 0.5]
    backoff.restart()
    assert [backoff.next_s() for _ in range(2)] == [0.02, 0.04]


@given(first_s=SECONDS, longest_s=SECONDS)
def test_no_wait_is_longer_than_the_bound_or_shorter_than_the_one_before(
    first_s: float, longest_s: float
) -> None:
    """However many attempts there are; also where the first wait would be beyond the bound."""
    backoff = Backoff(first_s, longest_s)
    waits = [backoff.next_s() for _ in range(30)]
    assert waits[0] == min(first_s, longest_s)
    assert max(waits) == waits[-1] == longest_s
    assert all(after == min(2 * before, longest_s) for before, after in pairwise(waits))
