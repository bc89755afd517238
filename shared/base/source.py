"""Something that messages come from, and how far it has come."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


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
    name: str = ""
    """What it is called in alerts."""
    limits: int = 0
    """The highest version of the limits that is known to have judged anything of it; 0: none did."""


class Origin(NamedTuple):
    """Where the messages of a part of a batch come from, so that alerts can name each once and for all."""

    begins: int
    """The number of its first message within the batch; it goes on to the next origin's."""
    source: str
    sequence: Callable[[int], int | bytes]
    """The number of a message in its source, by its number within the batch."""
