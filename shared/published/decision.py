"""What follows for a process from the pointer to the active version as Redis has it now. Knows no server."""

from enum import Enum
from typing import Final, NamedTuple

from shared.market import keys
from shared.published.pointer import Pointer


class Step(Enum):
    """What to do."""

    KEEP = "keep"
    """What is in force is what the pointer names, or there never was a pointer."""
    LOAD = "load"
    """The pointer names a higher version."""
    RESTORE = "restore"
    """Redis has gone back, or has nothing any more: it has lost data."""
    REFUSE = "refuse"
    """What is in force stays so, and nothing is written, until somebody has repaired Redis."""


class Decision(NamedTuple):
    """What follows."""

    step: Step
    pointer: Pointer | None = None
    """To load."""
    trouble: str = ""
    """What is wrong, where that is to be refused."""


KEEP: Final = Decision(Step.KEEP)


def decide(known: Pointer | None, seen: bytes | None) -> Decision:
    """What follows.

    Args:
        known: what is in force; None while no version is.
        seen: the pointer's key; None where it is gone.
    """
    try:
        pointer = Pointer.parse(seen)
    except ValueError as error:
        return Decision(Step.REFUSE, trouble=f"{keys.LIMITS_ACTIVE} is damaged: {error}")
    if pointer == known:
        return KEEP
    if known is None or (pointer is not None and pointer.number > known.number):
        return Decision(Step.LOAD, pointer)
    if pointer is None or pointer.number < known.number:
        return Decision(Step.RESTORE)
    return Decision(Step.REFUSE, trouble=two_contents(known))


def two_contents(known: Pointer) -> str:
    """What to say where Redis has something else under the number that is in force here."""
    return (
        f"there are two contents under limits version {known.number}: the one that is in force here "
        f"(SHA-256 {known.sha256}) and another one in Redis; neither replaces the other: publish and "
        "activate the right one anew"
    )
