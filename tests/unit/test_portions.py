"""Cutting a batch into portions that take effect at once."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from shared.commit.chunks import EFFECTS_A_PORTION, cut
from shared.redis.link import Word


class Mark(NamedTuple):
    """An effect of a frame."""

    frame: int


def words_of(marks: Sequence[Mark]) -> list[Word]:
    """What is written of some."""
    return [word for mark in marks for word in (mark.frame, b"x")]


@given(
    st.lists(st.integers(1, 3), max_size=40), st.integers(0, 5), st.sampled_from((1, 2, 990, 999, 1000, 1001))
)
def test_portions_hold_each_effect_once_with_its_share_of_the_frames(
    gaps: list[int], after: int, times: int
) -> None:
    """Portions hold all effects in order, at most 1,000 each, each up to the next one's first."""
    numbers = [sum(gaps[: place + 1]) for place in range(len(gaps))]
    top = numbers[-1] if numbers else 0
    frames = [n + top * lap for lap in range(times if len(gaps) > 30 else 1) for n in numbers]
    effects = [Mark(frame) for frame in frames]
    end = (frames[-1] if frames else 0) + 1 + after

    portions = list(cut(effects, words_of, end, str))

    assert [word for portion in portions for word in portion.words] == words_of(effects)
    assert all(len(portion.words) <= 2 * EFFECTS_A_PORTION for portion in portions)
    assert len(portions) == max(-(-len(effects) // EFFECTS_A_PORTION), 1)
    assert portions[-1].position == str(end)
    for portion, following in pairwise(portions):
        assert portion.position == str(following.words[0])


def test_a_portion_holds_no_more_than_a_thousand() -> None:
    """The limit that the contract sets is the one in use."""
    assert EFFECTS_A_PORTION == 1000
