"""A part of a batch on its way into Redis: its chunks, and what becomes of them. Knows no server."""

import enum
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from redis.exceptions import ResponseError

from shared.base.integers import parse_uint
from shared.base.source import Source
from shared.redis.link import Reply, Word

POSITION_FIELDS: Final = ("owner", "position", "generation")
"""Of a position's hash."""


def has_lost(source: Source, reply: Reply, is_before: Callable[[str], bool]) -> bool:
    """Whether Redis has an older state of a source than the one that its owner knows, or none.

    Args:
        source: as its owner knows it.
        reply: the values of `POSITION_FIELDS` that Redis has.
        is_before: whether a position is before the one that the owner knows.
    """
    if isinstance(reply, ResponseError):
        return False  # it is no hash any more: the next commit is refused, and says so
    owner, position, generation = reply
    if owner is not None and owner.decode(errors="replace") != source.owner:
        return (parse_uint(generation or b"") or 0) < source.generation
    return owner is None or position is None or is_before(position.decode(errors="replace"))


class CommitChunk(NamedTuple):
    """A part of a batch that takes effect at once."""

    words: list[Word]
    """The arguments of what is appended."""
    position: str
    """Where the source stands afterwards."""


class Outcome(enum.Enum):
    """What became of a source's part of a batch."""

    COMMITTED = "committed"
    FENCED = "fenced"
    """Somebody else owns the source now, or has moved it on."""
    LOST = "lost"
    """Redis has an older position or none: it lost data."""
    OUTDATED = "outdated"
    """A higher version of the limits than its owner knew of has judged messages of it before."""
    REFUSED = "refused"
    """Redis refused the commit itself."""


class SourceCommit:
    """A source's part of a batch on its way into Redis."""

    def __init__(self, source: Source, chunks: Iterable[CommitChunk]) -> None:
        self.source = source
        self.chunks: deque[CommitChunk] = deque()
        """Those that were made and are not known to be in Redis."""
        self._coming = iter(chunks)
        self._taken: list[tuple[str, CommitChunk]] = []
        """Those that Redis has taken, each with the position before it."""
        self.outcome: Outcome | None = None
        self.error = ""

    def left(self) -> Iterator[CommitChunk]:
        """All chunks that are not known to be in Redis; those that were not made yet are made now."""
        yield from list(self.chunks)
        for chunk in self._coming:
            self.chunks.append(chunk)
            yield chunk

    def done(self) -> None:
        """The first chunk left is in Redis."""
        chunk = self.chunks.popleft()
        self._taken.append((self.source.position, chunk))
        self.source.position = chunk.position
        if not self.chunks:
            self.outcome = Outcome.COMMITTED

    def doubt(self) -> None:
        """What Redis has taken may be lost with it: it has to be found there, or taken again."""
        if self.outcome in {None, Outcome.COMMITTED}:
            self.outcome = None
            while self._taken:
                self.source.position, chunk = self._taken.pop()
                self.chunks.appendleft(chunk)

    def refused(self, error: ResponseError) -> None:
        """Redis refused it; unless the source is held, that is its outcome."""
        self.error = str(error)
        if not self.source.is_held:
            self.outcome = Outcome.REFUSED

    def adopt(self, owner: str, position: str, generation: int, limits: int = 0) -> None:
        """Go by what Redis has, after a commit that found something else there than expected.

        An owner of an older generation was there before ours: Redis has lost what came since. One of a newer
        generation has taken the source over; so has another one of the same, which Redis gave out anew
        after it had lost ours.

        A higher version of the limits than ours asks for another verdict. (Where nobody can send again, and
        nobody else judges, what was said stays.)
        """
        ours = [chunk.position for chunk in self.chunks]
        is_ours = owner == self.source.owner
        if is_ours and position == self.source.position:
            if limits > self.source.limits:
                self.source.limits = limits
                self.outcome = Outcome.OUTDATED if self.source.expires_ms is None else None
            return
        if is_ours and position in ours:
            for _ in range(ours.index(position) + 1):
                self.done()
        elif not is_ours and owner and generation >= self.source.generation:
            self.outcome = Outcome.FENCED
        else:
            self.outcome = Outcome.LOST
