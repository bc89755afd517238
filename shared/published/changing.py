"""Publishing, activating, going back and the shadow, as questions to Redis."""

from typing import Final

from shared.market.limits.values import LimitsVersion
from shared.published import scripts
from shared.published.asking import Question, good
from shared.published.content import Published, to_content
from shared.published.pointer import Pointer
from shared.published.reading import read_state, read_version
from shared.redis.link import CannotProceed

LONGEST_NOTE: Final = 500
"""Characters of who and why."""
_ATTEMPTS: Final = 20
"""Others may take a number at the same time, but not for ever."""


class Overtaken(Exception):
    """Somebody else has changed what is in force.

    Args:
        now: the text of the pointer that is there now; empty where there is none.
    """

    def __init__(self, now: str) -> None:
        super().__init__(f"it is version {now.partition(' ')[0]} by now" if now else "there is none by now")
        self.now = now


class ActiveAlready(Exception):
    """Nothing is to be done: this version is the active one."""


def publish(version: LimitsVersion, who: str, why: str) -> Question[Pointer]:
    """Store limits under the next number; nothing judges by them yet.

    Raises:
        RedisUnavailable: no answer; they may be stored or not.
    """
    text, sha256 = to_content(version)
    number = (yield from read_state()).highest + 1
    for _ in range(_ATTEMPTS):
        pointer = Pointer(number, sha256)
        (reply,) = yield [scripts.publish(pointer, text, who, why)]
        outcome, *rest = good(reply)
        if outcome == b"done":
            return pointer
        number = int(rest[0]) + 1
    raise CannotProceed("others publish so fast that no number is left: try again")


def activate(number: int, expect: bytes, who: str, why: str) -> Question[Pointer]:
    """Make a version the active one; what was active before gets a new number when it comes back.

    Args:
        number: of a published version.
        expect: what the pointer holds, as far as the caller knows; empty for no pointer.
        who: the caller, as it calls itself.
        why: the reason.

    Returns:
        what is active now: under a new number if the version's own is not above what was active.

    Raises:
        ActiveAlready: it is this very version.
        DamagedVersion: the version is missing or damaged; nothing has changed.
        Overtaken: something else is active than was expected; nothing has changed.
        RedisUnavailable: no answer; it may have happened or not.
    """
    source: Published = yield from read_version(number)
    state = yield from read_state()
    if state.raw_active == str(source.pointer).encode():
        raise ActiveAlready
    target = number if number > state.in_force else state.highest + 1
    for _ in range(_ATTEMPTS):
        pointer = Pointer(target, source.pointer.sha256)
        (reply,) = yield [scripts.activate(expect, number, pointer, who, why)]
        outcome, *rest = good(reply)
        if outcome == b"done":
            return pointer
        if outcome == b"moved":
            raise Overtaken(rest[0].decode(errors="backslashreplace"))
        if outcome == b"missing":
            yield from read_version(number)  # says so
        else:
            target = int(rest[0]) + 1
    raise CannotProceed("others activate so fast that no number is left: try again")


def set_shadow(number: int | None, expect: bytes, who: str, why: str) -> Question[Pointer | None]:
    """Let a version judge in the shadow of the active one, or none.

    Args:
        number: of a published version; None for none.
        expect: what the shadow's pointer holds, as far as the caller knows; empty for no pointer.
        who: the caller, as it calls itself.
        why: the reason.

    Raises:
        DamagedVersion: the version is missing or damaged; nothing has changed.
        Overtaken: another version is in the shadow than was expected; nothing has changed.
        RedisUnavailable: no answer; it may have happened or not.
    """
    pointer = None if number is None else (yield from read_version(number)).pointer
    (reply,) = yield [scripts.shadow(expect, pointer, who, why)]
    outcome, *rest = good(reply)
    if outcome == b"moved":
        raise Overtaken(rest[0].decode(errors="backslashreplace"))
    if outcome == b"missing" and number is not None:
        yield from read_version(number)  # says so
    return pointer
