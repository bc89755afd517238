"""Frames that are made while they are sent: numbered, kept within bounds, made anew when asked for again."""

import random
from collections.abc import Iterator
from itertools import islice

import pytest

from market_spread.framing import frame
from services.cli.sending import frame_supply
from services.cli.sending.frame_columns import Frames
from services.cli.sending.frame_supply import FrameSupply

COUNT = 500
ALL = [frame(b"%d" % number * (1 + number % 7)) for number in range(COUNT)]


def made() -> Iterator[Frames]:
    """All frames, in portions of 0 to 6."""
    coming = iter(ALL)
    for size in [0, 1, 2, 3, 4, 5, 6] * COUNT:
        some = list(islice(coming, size))
        if not some and size:
            return
        yield Frames(len(some), b"".join(some))


@pytest.mark.parametrize("seed", range(20))
def test_any_way_of_asking(seed: int) -> None:
    """Whatever is taken, sought and acknowledged in whatever order: the frames of those numbers come."""
    dice = random.Random(seed)
    supply = FrameSupply(made)
    acknowledged = 0
    for _ in range(300):
        chance = dice.random()
        if chance < 0.1:
            supply.seek(dice.randint(0, COUNT))
            acknowledged = supply.position
        elif chance < 0.4:
            acknowledged = dice.randint(acknowledged, supply.position)
            supply.forget(acknowledged)
        else:
            before = supply.position
            taken = bytes(supply.take(dice.randint(1, 9)))
            assert taken == b"".join(ALL[before : supply.position])
            assert supply.position > before or before == COUNT == supply.end


def test_the_end_is_known_at_the_end() -> None:
    """How many there are is known once all were made, and nobody can ask for more."""
    supply = FrameSupply(made)
    ends = {supply.end}
    while supply.take(1 << 14):
        ends.add(supply.end)
    assert ends == {None}
    assert supply.end == supply.position == COUNT
    with pytest.raises(LookupError, match="there are only 500 frames to send"):
        FrameSupply(made).seek(COUNT + 1)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing is acknowledged no more is made than may be kept; then it goes on."""
    monkeypatch.setattr(frame_supply, "_MOST_KEPT", 200)
    supply = FrameSupply(made)
    sent = 0
    while taken := supply.take(1 << 14):
        sent += len(taken)
    assert 200 < sent < 300
    assert supply.end is None
    supply.forget(supply.position)
    assert supply.take(1)
