"""A part of a batch on its way into Redis: its portions, and what becomes of them. Knows no server."""

import enum
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from redis.exceptions import ResponseError

from shared.base.integers import natural
from shared.redis.link import Reply, Word

POSITION_FIELDS: Final = ("owner", "position", "generation")
"""Of a position's hash."""


@dataclass
class Source:
    """Something that frames come from."""

    key: str
    """Of its position in Redis."""
    owner: str
    """The token of the connection that may move it."""
    position: str = "0"
    """Where it stands in Redis, as far as we know."""
    generation: int = 0
    """Which owner of the source this is: each one's is higher than those before."""
    expires_ms: int | None = None
    """How long an untouched position is kept; None for ever. Only a position that nobody resumes from
    expires, and only such a one is set up again when Redis has lost it."""
    is_held: bool = False
    """Whether a commit that Redis refuses is tried until it is taken, because nobody would send it again."""


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
    if owner is not None and owner.decode() != source.owner:
        return (natural(generation or b"") or 0) < source.generation
    return owner is None or position is None or is_before(position.decode())


class Portion(NamedTuple):
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
    REFUSED = "refused"
    """Redis refused the commit itself."""


class Pending:
    """A source's part of a batch on its way into Redis."""

    def __init__(self, source: Source, portions: Iterable[Portion]) -> None:
        self.source = source
        self.portions: deque[Portion] = deque()
        """Those that were made and are not known to be in Redis."""
        self._coming = iter(portions)
        self._taken: list[tuple[str, Portion]] = []
        """Those that Redis has taken, each with the position before it."""
        self.outcome: Outcome | None = None
        self.error = ""

    def left(self) -> Iterator[Portion]:
        """All portions that are not known to be in Redis; those that were not made yet are made now."""
        yield from list(self.portions)
        for portion in self._coming:
            self.portions.append(portion)
            yield portion

    def done(self) -> None:
        """The first portion left is in Redis."""
        portion = self.portions.popleft()
        self._taken.append((self.source.position, portion))
        self.source.position = portion.position
        if not self.portions:
            self.outcome = Outcome.COMMITTED

    def doubt(self) -> None:
        """What Redis has taken may be lost with it: it has to be found there, or taken again."""
        if self.outcome in {None, Outcome.COMMITTED}:
            self.outcome = None
            while self._taken:
                self.source.position, portion = self._taken.pop()
                self.portions.appendleft(portion)

    def refused(self, error: ResponseError) -> None:
        """Redis refused it; unless the source is held, that is its outcome."""
        self.error = str(error)
        if not self.source.is_held:
            self.outcome = Outcome.REFUSED

    def adopt(self, owner: str, position: str, generation: int) -> None:
        """Go by what Redis has, after a commit that found something else there than expected.

        An owner of an older generation was there before ours: Redis has lost what came since. One of a newer
        generation has taken the source over; so has another one of the same, which Redis gave out anew
        after it had lost ours.
        """
        ours = [portion.position for portion in self.portions]
        is_ours = owner == self.source.owner
        if is_ours and position == self.source.position:
            return
        if is_ours and position in ours:
            for _ in range(ours.index(position) + 1):
                self.done()
        elif not is_ours and owner and generation >= self.source.generation:
            self.outcome = Outcome.FENCED
        else:
            self.outcome = Outcome.LOST
