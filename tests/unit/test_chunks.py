"""Cutting a batch into chunks that take effect at once."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.commit.chunks import EFFECTS_A_CHUNK, cut
from shared.redis.link import Word
from shared.wire.fix.orders import LONGEST_LIST


class Mark(NamedTuple):
    """An effect of a frame."""

    frame: int


def arguments_of(marks: Sequence[Mark]) -> list[Word]:
    """What is written of some."""
    return [word for mark in marks for word in (mark.frame, b"x")]


def cut_frames(frames: Sequence[int], end: int, size: int) -> list[tuple[list[Word], str]]:
    """The frames that each chunk is about, and the position after it."""
    chunks = cut([Mark(frame) for frame in frames], arguments_of, end, str, size)
    return [(chunk.words[::2], chunk.position) for chunk in chunks]


@example(gaps=[1], after=0, size=1)
@example(gaps=[1, 1, 1], after=0, size=3)
@example(gaps=[1, 1, 1], after=2, size=2)
@example(gaps=[1, 2, 3, 1, 2], after=1, size=2)
@given(gaps=st.lists(st.integers(1, 3), max_size=20), after=st.integers(0, 5), size=st.integers(1, 7))
def test_chunks_hold_each_effect_once_with_its_share_of_the_frames(
    gaps: list[int], after: int, size: int
) -> None:
    """Chunks hold all effects in order, no more than told, each up to the next one's first."""
    frames = [sum(gaps[: place + 1]) for place in range(len(gaps))]
    end = (frames[-1] if frames else 0) + 1 + after

    chunks = cut_frames(frames, end, size)

    assert [frame for words, _ in chunks for frame in words] == frames
    assert all(len(words) <= size for words, _ in chunks)
    assert len(chunks) == max(-(-len(frames) // size), 1)
    assert chunks[-1][1] == str(end)
    for (_, position), (following, _) in pairwise(chunks):
        assert position == str(following[0])


@pytest.mark.parametrize(
    ("frames", "chunks"),
    [
        ([], [([], "20")]),
        ([7], [([7], "20")]),
        ([2, 5], [([2, 5], "20")]),
        ([2, 5, 9], [([2, 5], "9"), ([9], "20")]),
        ([2, 5, 9, 10], [([2, 5], "9"), ([9, 10], "20")]),
        ([0, 1, 2, 8, 19], [([0, 1], "2"), ([2, 8], "19"), ([19], "20")]),
    ],
)
def test_a_chunk_ends_before_the_frame_that_the_next_one_begins_with(
    frames: list[int], chunks: list[tuple[list[Word], str]]
) -> None:
    """A batch of 20 frames in chunks of two effects: what has no effect goes with the chunk before it."""
    assert cut_frames(frames, 20, 2) == chunks


def test_chunks_are_made_when_they_are_asked_for() -> None:
    """Redis works on the first while the second is made."""
    made: list[int] = []

    def making(marks: Sequence[Mark]) -> list[Word]:
        made.append(marks[0].frame)
        return []

    chunks = cut([Mark(frame) for frame in range(4)], making, 4, str, 2)
    assert next(chunks).position == "2"
    assert made == [0]
    assert next(chunks).position == "4"
    assert made == [0, 2]


@pytest.mark.parametrize(("effects", "positions"), [(1000, ["1000"]), (1001, ["1000", "1001"])])
def test_a_chunk_holds_no_more_than_a_thousand(effects: int, positions: list[str]) -> None:
    """The limit that the contract sets is the one in use."""
    assert EFFECTS_A_CHUNK == 1000
    chunks = cut([Mark(frame) for frame in range(effects)], arguments_of, effects, str)
    assert [chunk.position for chunk in chunks] == positions


@example(lists=[1], size=3)
@example(lists=[2, 2], size=3)
@example(lists=[3, 1, 3], size=3)
@given(lists=st.lists(st.integers(1, 3), max_size=10), size=st.integers(3, 7))
def test_orders_of_one_list_are_never_cut_apart(lists: list[int], size: int) -> None:
    """Effects before which the source stands at one position share a chunk, so the list takes effect once."""
    starts = [sum(lists[:place]) for place in range(len(lists))]
    list_of = [start for start, orders in zip(starts, lists, strict=True) for _ in range(orders)]
    marks = [Mark(frame) for frame in range(len(list_of))]

    def position_after(reached: int) -> str:
        return str(list_of[reached] if reached < len(list_of) else "end")

    chunks = [
        (chunk.words[::2], chunk.position)
        for chunk in cut(marks, arguments_of, len(marks), position_after, size)
    ]

    assert [frame for words, _ in chunks for frame in words] == list(range(len(list_of)))
    assert all(len(words) <= size for words, _ in chunks)
    assert chunks[-1][1] == "end"
    for (_, position), (following, _) in pairwise(chunks):
        assert following[0] in starts
        assert position == str(following[0])


def test_a_list_is_no_longer_than_a_chunk() -> None:
    """So the longest list of orders that is taken fits."""
    assert LONGEST_LIST <= EFFECTS_A_CHUNK
