"""A standby takes over when the owner's position stands still with entries waiting, and not before."""

import pytest

from shared.service.stream.standby import StandbyWatch


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, as its only element."""
    now = [100.0]
    monkeypatch.setattr("shared.service.stream.standby.time.monotonic", lambda: now[0])
    return now


def test_a_position_that_stands_still_is_taken_over(clock: list[float]) -> None:
    """After a quarter of a second since it was first seen there."""
    watch = StandbyWatch()
    watch.begin()
    assert not watch.has_stood_still("1-0/1", is_idle=False)
    clock[0] += 0.249
    assert not watch.has_stood_still("1-0/1", is_idle=False)
    clock[0] += 0.001
    assert watch.has_stood_still("1-0/1", is_idle=False)


def test_a_position_that_moves_is_the_owners(clock: list[float]) -> None:
    """However long it goes on."""
    watch = StandbyWatch()
    for number in range(10):
        assert not watch.has_stood_still(f"{number}-0/1", is_idle=False)
        clock[0] += 0.24


def test_with_nothing_waiting_nobody_is_missed(clock: list[float]) -> None:
    """The time counts from when something waits."""
    watch = StandbyWatch()
    for _ in range(10):
        assert not watch.has_stood_still("1-0/1", is_idle=True)
        clock[0] += 1.0
    clock[0] -= 0.9
    assert not watch.has_stood_still("1-0/1", is_idle=False)
    clock[0] += 0.15
    assert watch.has_stood_still("1-0/1", is_idle=False)


def test_looks_are_made_now_and_then(clock: list[float]) -> None:
    """Twenty times a second, and later where there was trouble; what was seen before is forgotten then."""
    watch = StandbyWatch()
    watch.begin()
    assert watch.is_due()
    watch.has_stood_still("1-0/1", is_idle=False)
    assert not watch.is_due()
    clock[0] += 0.05
    assert watch.is_due()
    watch.begin(first_look_in_s=1.0)
    assert not watch.is_due()
    clock[0] += 1.0
    assert watch.is_due()
    assert not watch.has_stood_still("1-0/1", is_idle=False)
