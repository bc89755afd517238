"""The data server's clock, as a process knows it."""

import logging

import pytest

from shared.redis.server_clock import ServerClock


class Clocks:
    """The machine's clocks, in microseconds, set by a test."""

    machine_us = 1_700_000_000_000_000
    monotonic_us = 5_000_000

    def passes(self, microseconds: int) -> None:
        """Time passes on both."""
        self.machine_us += microseconds
        self.monotonic_us += microseconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    """Clocks that stand still until they are set."""
    made = Clocks()
    monkeypatch.setattr("shared.redis.server_clock.time.time_ns", lambda: made.machine_us * 1000)
    monkeypatch.setattr("shared.redis.server_clock.time.monotonic_ns", lambda: made.monotonic_us * 1000)
    return made


def learn(clock: ServerClock, clocks: Clocks, server_us: int, took_us: int = 0) -> None:
    """The server's answer, given in the middle of so many microseconds that end now."""
    seconds, microseconds = divmod(server_us, 1_000_000)
    now_us = clocks.monotonic_us
    clock.learn([b"%d" % seconds, b"%d" % microseconds], now_us - took_us, now_us)


def test_before_the_first_answer_it_is_the_machines(clocks: Clocks) -> None:
    """A service that has not reached Redis yet has no better one."""
    assert ServerClock().now_us() == clocks.machine_us


def test_it_goes_on_with_the_monotonic_clock(clocks: Clocks) -> None:
    """Whatever becomes of the machine's clock."""
    clock = ServerClock()
    learn(clock, clocks, 1_000_000_000_123)
    clocks.passes(7)
    clocks.machine_us -= 3_600_000_000
    assert clock.now_us() == 1_000_000_000_130


def test_an_answer_that_took_long_makes_nothing_worse(clocks: Clocks) -> None:
    """The server answered at some moment between question and answer: what agrees with that stays."""
    clock = ServerClock()
    learn(clock, clocks, 1_000_000, took_us=100)
    known_us = clock.now_us()
    assert known_us == 1_000_050
    learn(clock, clocks, 1_000_000, took_us=80_000)
    assert clock.now_us() == known_us
    learn(clock, clocks, known_us - 10)
    assert clock.now_us() == known_us - 10


def test_a_step_of_the_servers_clock_is_followed_and_said(
    clocks: Clocks, caplog: pytest.LogCaptureFixture
) -> None:
    """Backwards too; but what is written down never falls."""
    clock = ServerClock()
    learn(clock, clocks, clocks.machine_us)
    before_us = clock.stamp_us()
    with caplog.at_level(logging.WARNING):
        learn(clock, clocks, clocks.machine_us - 3_600_000_000)
    assert clock.now_us() == clocks.machine_us - 3_600_000_000
    assert clock.stamp_us() == before_us
    assert "the clock of the data server has stepped by -3600.000 s" in caplog.messages
    learn(clock, clocks, before_us + 5)
    assert clock.stamp_us() == before_us + 5


@pytest.mark.parametrize(("ahead_us", "is_said"), [(49_999, False), (50_000, True), (-50_000, True)])
def test_a_difference_to_the_machines_clock_is_said_once(
    clocks: Clocks, caplog: pytest.LogCaptureFixture, ahead_us: int, *, is_said: bool
) -> None:
    """From 50 ms on, and again when it has changed by that much, or is over."""
    clock = ServerClock()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            learn(clock, clocks, clocks.machine_us - ahead_us)
        assert clock.machine_is_ahead_us == ahead_us
        assert len(caplog.messages) == is_said
        clocks.machine_us -= ahead_us
        learn(clock, clocks, clocks.machine_us)
    assert len(caplog.messages) == 2 * is_said
    if is_said:
        assert ("ahead of" if ahead_us > 0 else "behind") in caplog.messages[0]
        assert "agrees" in caplog.messages[1]
