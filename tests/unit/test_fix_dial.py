"""When a session is dialled: at once, after a failure, or when its owner does not move it any more."""

import pytest

from shared.service.fix.dial import Dial
from tests.support.fix_session import acceptor

MOVING, STILL = "0/7", "0/8"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, as its only element; chance is always one half."""
    now = [1000.0]
    monkeypatch.setattr("shared.service.fix.dial.time.monotonic", lambda: now[0])
    monkeypatch.setattr("shared.service.fix.dial.random.random", lambda: 0.5)
    return now


def dial() -> Dial:
    """Of a session with a heartbeat each 10 s."""
    return Dial(acceptor(role="initiator", heartbeat_s=10))


def due_after(made: Dial, clock: list[float], position: str, *, is_free: bool = False) -> float:
    """After how many seconds it is due, while the position stands here."""
    for second in range(100):
        made.look(position, is_free=is_free)
        if made.is_due():
            return second
        clock[0] += 1
    raise AssertionError("it is never due")


def test_a_session_that_was_never_up_is_dialled_at_once(clock: list[float]) -> None:
    """Nobody can have it."""
    assert due_after(dial(), clock, "", is_free=True) == 0


def test_one_that_another_process_has_is_watched(clock: list[float]) -> None:
    """For two heartbeats and a part of a third since the position has moved the last time."""
    made = dial()
    for number in range(50):
        made.look(f"0/{number}", is_free=False)
        clock[0] += 10
    assert not made.is_due()
    assert due_after(made, clock, STILL) == 25


def test_one_whose_owner_has_left_is_dialled_soon(clock: list[float]) -> None:
    """But the owner itself dials again before, as a rule."""
    assert due_after(dial(), clock, STILL, is_free=True) == 3


def test_failures_take_longer_and_longer(clock: list[float]) -> None:
    """1 s, 2 s, up to 30 s; a session that was up begins anew with that."""
    made = dial()
    waits = []
    for _ in range(7):
        made.is_engaged = True
        made.failed()
        waits.append(0)
        while not made.is_due():
            clock[0] += 1
            waits[-1] += 1
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    made.succeeded()
    made.failed()
    assert not made.is_due()
    clock[0] += 1
    assert made.is_due()
    assert not made.is_watching
    made.watch()
    assert (made.is_due(), made.is_watching) == (False, True)
