"""Holding a rate: evenly, without drift, and with bounded catching up."""

import random

import pytest

from market_spread.sending.pace import Pace


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def drive(pace: Pace, clock: Clock, seconds: float, lateness: random.Random) -> list[tuple[float, int]]:
    """Ask when told to, up to 1 ms late; when what was granted."""
    granted = []
    end = clock.now + seconds
    while clock.now < end:
        clock.now += pace.wait_s() + lateness.random() * 0.001
        granted.append((clock.now, pace.due()))
    return granted


@pytest.mark.parametrize("rate", [0.5, 3, 200, 2_000, 100_000, 3_000_000])
def test_neither_drifts_nor_bursts(rate: float) -> None:
    """Over 20 s the count is right at every moment, to within what is due in 5 ms, or one frame."""
    clock = Clock()
    pace = Pace(rate, clock)
    start, total = clock.now, 0
    slack = rate * 0.005 + 1
    for at, count in drive(pace, clock, 20, random.Random(1)):
        total += count
        assert count <= slack
        assert (at - start) * rate - slack <= total <= (at - start) * rate


def test_grants_nothing_before_the_next_slice() -> None:
    """Asking again at once gives nothing: a frame is granted once, and slices are 2 ms apart."""
    clock = Clock()
    pace = Pace(10_000, clock)
    clock.now += 0.00255
    assert pace.due() == 25
    assert pace.due() == 0
    clock.now += 0.0015
    assert pace.due() == 0
    clock.now += 0.0006
    assert pace.due() == 21


def test_waits_for_the_next_frame_at_a_low_rate() -> None:
    """Between the frames of a slow feed there is one wait, not many turns."""
    clock = Clock()
    pace = Pace(4, clock)
    turns = drive(pace, clock, 10, random.Random(2))
    assert len(turns) < 50


def test_a_short_hold_up_is_made_up_for_little_by_little() -> None:
    """Half a second late, the sender goes at 2.5 times the rate until it has caught up."""
    clock = Clock()
    pace = Pace(10_000, clock)
    clock.now += 0.5
    granted = drive(pace, clock, 1.0, random.Random(3))
    assert max(count for _, count in granted) <= 51
    first_100_ms = sum(count for at, count in granted if at < granted[0][0] + 0.1)
    assert 1_500 < first_100_ms < 2_700
    assert sum(count for _, count in granted) == pytest.approx(15_000, abs=60)


def test_a_long_hold_up_is_not_made_up_for() -> None:
    """Of a minute's hold-up only the last second is."""
    clock = Clock()
    pace = Pace(1_000, clock)
    clock.now += 60
    granted = drive(pace, clock, 10, random.Random(4))
    assert sum(count for _, count in granted) == pytest.approx(11_000, abs=10)


def test_a_restart_makes_up_for_nothing() -> None:
    """After a reconnect the rate starts afresh."""
    clock = Clock()
    pace = Pace(1_000, clock)
    clock.now += 0.5
    pace.restart()
    granted = drive(pace, clock, 1, random.Random(5))
    assert sum(count for _, count in granted) == pytest.approx(1_000, abs=10)


def test_no_rate_is_as_fast_as_possible() -> None:
    """Rate 0 always grants a large portion, and never makes wait."""
    pace = Pace(0, Clock())
    assert pace.due() == pace.due() > 10_000
    assert pace.wait_s() == 0
