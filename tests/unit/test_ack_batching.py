"""When positions are settled: seldom for who goes on without ACKs, at once for who waits for them."""

from collections.abc import Callable
from itertools import pairwise
from typing import cast

import pytest

from shared.service.ack_batching import AT_ONCE_S, BETWEEN_S, SILENCE_S, AckBatching
from shared.service.intake import Sender

ONE, OTHER = cast(Sender, "one"), cast(Sender, "other")
STEP_S = 1e-5


class Clock:
    """A monotonic clock that stands still unless told otherwise."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """What it says, seconds."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the module."""
    clock = Clock()
    monkeypatch.setattr("shared.service.ack_batching.time.monotonic", clock)
    return clock


def settled(clock: Clock, settling: AckBatching, until: float, arrives: Callable[[], None]) -> list[float]:
    """Let time pass; when everything was settled. `arrives` is called after each small step."""
    times = []
    while clock.now < until:
        clock.now += STEP_S
        arrives()
        if settling.due_in_s() <= 0:
            settling.take_all()
            times.append(clock.now)
    return times


def test_who_goes_on_without_acks_gets_them_seldom(clock: Clock) -> None:
    """2,000 quotes a second are settled 200 times a second, for as long as they come."""
    settling, next_at = AckBatching(), clock.now

    def steadily() -> None:
        nonlocal next_at
        if clock.now >= next_at:
            settling.add(ONE, 1, "1")
            next_at += 0.0005

    times = settled(clock, settling, clock.now + 1, steadily)
    gaps = [after - before for before, after in pairwise(times)]
    assert 195 <= len(times) <= 202
    assert min(gaps) >= BETWEEN_S - STEP_S
    assert max(gaps) <= BETWEEN_S + SILENCE_S


def test_who_waits_for_each_ack_gets_nearly_all_at_once(clock: Clock) -> None:
    """One that sends 0.2 ms after each ACK is held up by the silence once in a while, and by no more."""
    settling, answer_at = AckBatching(), clock.now

    def when_answered() -> None:
        nonlocal answer_at
        if settling.due_in_s() <= 0:  # settled in this step, and acknowledged
            answer_at = clock.now + 0.0002
        elif not settling.messages and clock.now >= answer_at:
            settling.add(ONE, 1, "1")
            if settling.due_in_s() <= 0:
                answer_at = clock.now + 0.0002

    times = settled(clock, settling, clock.now + 1, when_answered)
    share_held_up = SILENCE_S / AT_ONCE_S
    assert len(times) >= (1 - 2 * share_held_up) / (0.0002 + 2 * STEP_S)


def test_who_waits_has_the_others_settled_too(clock: Clock) -> None:
    """Another one that goes on does not keep it waiting."""
    settling = AckBatching()
    settling.add(ONE, 1, "1")
    settling.take_all()
    settling.add(ONE, 1, "1")
    assert settling.due_in_s() > 0
    clock.now += SILENCE_S
    assert settling.due_in_s() <= 0
    assert settling.take_all() == [(ONE, 1, "1")]

    settling.add(ONE, 2, "3")
    settling.add(OTHER, 3, "3")
    assert settling.due_in_s() <= 0
    assert settling.messages == 5
    assert settling.take_all() == [(ONE, 2, "3"), (OTHER, 3, "3")]


def test_a_sender_is_settled_where_its_last_message_stands() -> None:
    """Once, however often it was added."""
    settling = AckBatching()
    settling.add(ONE, 2, "2")
    settling.add(ONE, 3, "5")
    assert settling.take_all() == [(ONE, 5, "5")]


def test_what_is_committed_with_later_frames_is_not_settled_again() -> None:
    """Taken or forgotten, a connection's frames are gone, and with the last ones so is the date."""
    settling = AckBatching()
    settling.add(ONE, 2, "2")
    settling.add(ONE, 3, "5")
    settling.add(OTHER, 4, "4")
    assert settling.take(ONE) == 5
    assert settling.take(ONE) == 0
    settling.forget(OTHER)
    assert settling.messages == 0
    assert settling.due_in_s() == float("inf")
    assert settling.take_all() == []
