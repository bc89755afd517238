"""When a sender gives up, and how long it waits until then."""

import pytest

from market_spread.sending.patience import Patience


def test_gives_up_after_ten_lost_connections() -> None:
    """Nine connections without progress may be followed by another, ten may not."""
    patience = Patience(waits_for_ever=False)
    for _ in range(9):
        patience.spend(was_reached=True)
    assert not patience.is_over
    patience.spend(was_reached=False)
    assert patience.is_over


def test_a_connection_with_progress_does_not_count() -> None:
    """After progress there are ten again, not nine."""
    patience = Patience(waits_for_ever=False)
    for _ in range(9):
        patience.spend(was_reached=True)
    patience.restore()
    for _ in range(10):
        patience.spend(was_reached=True)
    assert not patience.is_over
    patience.spend(was_reached=True)
    assert patience.is_over


def test_waits_for_ever_only_for_a_feed_that_is_away() -> None:
    """A feed that is not there is waited for; one that takes nothing is not."""
    patience = Patience(waits_for_ever=True)
    for _ in range(1000):
        patience.spend(was_reached=False)
    assert not patience.is_over
    for _ in range(10):
        patience.spend(was_reached=True)
    assert patience.is_over


def test_waits_grow_up_to_a_bound_and_start_again_after_progress() -> None:
    """Waits double from 50 ms to 4 s; nine of them are about 14 s, enough for a service to restart."""
    patience = Patience(waits_for_ever=False)
    waits = [patience.next_wait_s() for _ in range(9)]
    assert waits[:3] == [0.05, 0.1, 0.2]
    assert waits[-2:] == [4.0, 4.0]
    assert sum(waits) == pytest.approx(14.35)
    patience.restore()
    assert patience.next_wait_s() == 0.05
