"""Cutting a batch into chunks that each take effect at once."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol

from shared.commit.source_commit import CommitChunk
from shared.redis.link import Word

EFFECTS_A_CHUNK: Final = 1000
"""80,000 alerts in one script held the server for 0.36 s; 1,000 hold it for some 5 ms."""


class Effect(Protocol):
    """What a frame leaves in Redis besides the position."""

    @property
    def frame(self) -> int:
        """Its number within the batch."""


def cut(
    effects: Sequence[Effect],
    arguments_of: Callable[[Sequence[Any]], list[Word]],
    end: int,
    position_after: Callable[[int], str],
    size: int = EFFECTS_A_CHUNK,
) -> Iterator[CommitChunk]:
    """Chunks with their share of the frames: each reaches up to the next one's first effect.

    Frames with the same position before them, such as the orders of one list, are never cut apart; there are
    no more than `size` of them.

    Args:
        effects: in the order of their frames.
        arguments_of: a chunk's effects as arguments of its commit; asked when the chunk is, so that Redis
            can work on one while the next is made.
        end: the number of the frame behind the last one.
        position_after: where the source stands when the frames before this number have taken effect.
        size: how many effects a chunk holds at most.
    """
    start = 0
    while start < len(effects) or not start:
        following = _whole(effects, start + size, position_after)
        reached = effects[following].frame if following < len(effects) else end
        yield CommitChunk(arguments_of(effects[start:following]), position_after(reached))
        start = following


def _whole(effects: Sequence[Effect], following: int, position_after: Callable[[int], str]) -> int:
    """The first effect of the next chunk: this one, or the first of those that belong together with it."""
    if following < len(effects):
        position = position_after(effects[following].frame)
        while position_after(effects[following - 1].frame) == position:
            following -= 1
    return following
