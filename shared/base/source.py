"""Something that messages come from, and how far it has come."""

from dataclasses import dataclass


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
