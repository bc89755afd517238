"""Frames made while they are sent: kept until acknowledged, in a bounded window."""

import numpy as np
import pytest

from services.cli.made_market.live_frames import LiveFrames
from services.cli.made_market.market import Frames

SIZE = 8


class Maker:
    """Makes numbered frames, in two arrays each time."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, count: int) -> list[Frames]:
        """So many more."""
        numbers = np.arange(self.made, self.made + count).astype(">u8").view("V8")
        self.made += count
        return [part for part in np.split(numbers, [count - count // 4]) if len(part)]


def numbers(taken: memoryview) -> list[int]:
    return [int(number) for number in np.frombuffer(taken, ">u8")]


def test_makes_no_more_than_is_asked_for() -> None:
    """Frames come in order, in as many portions as there are arrays."""
    maker = Maker()
    frames = LiveFrames(maker)
    assert numbers(frames.take(8)) == [0, 1, 2, 3, 4, 5]
    assert numbers(frames.take(2)) == [6, 7]
    assert maker.made == 8
    assert frames.position == 8


def test_what_was_made_is_sent_again_before_more_is_made() -> None:
    """After going back the same frames come again, then new ones."""
    frames = LiveFrames(Maker())
    for _ in range(4):
        frames.take(3)
    frames.seek(1)
    again = [number for _ in range(12) for number in numbers(frames.take(2))]
    assert again[:12] == list(range(1, 13))
    assert again == list(range(1, 1 + len(again)))


def test_nothing_is_made_while_the_window_is_full() -> None:
    """With the window full `take` gives nothing; an ACK makes room."""
    maker = Maker()
    frames = LiveFrames(maker, window_bytes=10 * SIZE)
    while frames.take(4):
        pass
    assert maker.made == 12
    frames.forget(4)
    assert numbers(frames.take(4)) == [12, 13, 14]


def test_forgets_what_was_acknowledged_and_only_that() -> None:
    """A frame above the ACK can be gone back to, one long below it cannot."""
    frames = LiveFrames(Maker())
    for _ in range(20):
        frames.take(10)
    frames.forget(55)
    frames.seek(55)
    assert numbers(frames.take(10))[0] == 55
    with pytest.raises(LookupError, match="only frames 50 to "):
        frames.seek(9)


def test_all_acknowledged_leaves_nothing() -> None:
    """When everything has taken effect nothing is kept, and it goes on from there."""
    frames = LiveFrames(Maker(), window_bytes=10 * SIZE)
    for _ in range(100):
        frames.take(4)
        frames.forget(frames.position)
    position = frames.position
    frames.seek(position)
    with pytest.raises(LookupError):
        frames.seek(position - 1)


def test_cannot_go_on_from_what_was_never_made() -> None:
    """A count above all that was made belongs to somebody else."""
    frames = LiveFrames(Maker())
    frames.take(4)
    with pytest.raises(LookupError):
        frames.seek(100)


def test_once_closed_it_has_an_end() -> None:
    """Closing makes the frames finite: what was made can still be taken, more is not made."""
    frames = LiveFrames(Maker())
    frames.take(8)
    before = frames.end
    frames.close()
    assert (before, frames.end) == (None, 8)
    assert numbers(frames.take(8)) == [6, 7]
    assert not frames.take(8)
