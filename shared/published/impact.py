"""What an activation would change, as a question to Redis."""

from typing import NamedTuple

from shared.published.asking import Question
from shared.published.content import DamagedVersion, Published, from_content
from shared.published.flips import Flips, find_flips
from shared.published.live_market import read_book
from shared.published.pointer import Pointer
from shared.published.reading import LimitsState, get_version, read_state, read_version


class Impact(NamedTuple):
    """What an activation would change on the market of now."""

    raw_active: bytes
    """The pointer that it was compared with; empty for none."""
    symbols: int
    """How many the book has."""
    flips: list[Flips]
    warnings: tuple[str, ...]
    """What could not be compared with."""


def read_impact(number: int, now_us: int) -> Question[Impact]:
    """What changes if a version is activated.

    Args:
        number: of a published version.
        now_us: now, microseconds since the Unix epoch.

    Raises:
        DamagedVersion: the version is missing or damaged.
        RedisUnavailable: no answer.
    """
    new = yield from read_version(number)
    state = yield from read_state()
    warnings: tuple[str, ...] = ()
    old: Published | None = None
    try:
        old = yield from read_active(state)
    except DamagedVersion as error:
        warnings = (f"{error}; so the comparison is with what the ingestor has written with the quotes",)
    book = yield from read_book()
    flips = find_flips(None if old is None else old.judge, new.judge, book, now_us)
    return Impact(state.raw_active, len(book), flips, warnings)


def read_active(state: LimitsState) -> Question[Published | None]:
    """The active version; None for version 0.

    Raises:
        DamagedVersion: pointer or version are damaged.
        RedisUnavailable: no answer.
    """
    try:
        pointer: Pointer | None = state.active
    except ValueError as error:
        raise DamagedVersion(f"the pointer to the active limits is damaged: {error}") from None
    if pointer is None:
        return None
    (reply,) = yield [get_version(pointer.number)]
    return from_content(*pointer, reply)
