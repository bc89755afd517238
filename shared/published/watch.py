"""Which version of the limits is in force for a process: it follows the pointers in Redis."""

import logging
import time
from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Final

from redis.exceptions import ResponseError

from shared.market import keys
from shared.published import scripts
from shared.published.asking import good
from shared.published.content import DamagedVersion, Published, from_content
from shared.published.decision import Step, decide, two_contents
from shared.published.pointer import Pointer
from shared.published.reading import LOG_END, POINTERS, get_version, last_of
from shared.redis.link import RedisLink, Reply

logger = logging.getLogger(__name__)

_LOOK_AGAIN_S: Final = 1.0
"""While something is wrong it is looked at again so often, though the pointers stay as they are."""


class LimitsWatch:
    """Follows the pointers. `active` and `shadow` change only in `look` and `read`, and only as a whole.

    Args:
        link: over which versions are loaded, and written again where Redis has lost them.
        who: the process, as the log of limits names it.
        monotonic: the clock, seconds.
    """

    def __init__(self, link: RedisLink, who: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._link = link
        self._who = who
        self._monotonic = monotonic
        self.active: Published | None = None
        """What is in force; None: version 0, because no pointer was ever seen."""
        self.shadow: Published | None = None
        """What judges beside it; None: nothing."""
        self.troubles: tuple[str, ...] = ()
        """What is wrong with what Redis has; each was said in the log."""
        self._seen: Reply = [None, None]
        self._log_is_read = False
        self._look_again_at = float("-inf")

    @property
    def active_number(self) -> int:
        """The number of the version in force."""
        return 0 if self.active is None else self.active.pointer.number

    @property
    def shadow_number(self) -> int:
        """The number of the version in the shadow; 0 for none."""
        return 0 if self.shadow is None else self.shadow.pointer.number

    def read(self) -> None:
        """Read the pointers and follow them, in round trips of their own.

        Raises:
            RedisUnavailable: no answer; what was in force stays so.
        """
        (pointers,) = self._link.roundtrip([POINTERS])
        self.look(pointers)

    def look(self, pointers: Reply) -> bool:
        """Follow the pointers; nothing is asked of Redis unless they have changed, or something is wrong.

        Args:
            pointers: the reply to `POINTERS`.

        Returns:
            whether other versions may be in force than before.

        Raises:
            RedisUnavailable: no answer; what was in force stays so, and the next look tries again.
        """
        if pointers == self._seen and self._log_is_read and not (self.troubles and self._is_due()):
            return False
        active, shadow = good(pointers)
        steps = partial(self._follow_log, active), partial(self._follow, active)
        found = [_troubles_of(each) for each in (*steps, partial(self._follow_shadow, shadow))]
        self._say(tuple(dict.fromkeys(chain.from_iterable(found))))
        self._seen = pointers
        self._look_again_at = self._monotonic() + _LOOK_AGAIN_S
        return True

    def _is_due(self) -> bool:
        return self._monotonic() >= self._look_again_at

    def _say(self, troubles: tuple[str, ...]) -> None:
        for each in troubles:
            if each not in self.troubles:
                logger.error("%s; %s goes on", each, self._in_force())
        if self.troubles and not troubles:
            logger.warning(
                "nothing is wrong with the limits in Redis any more; %s is in force", self._in_force()
            )
        self.troubles = troubles

    def _in_force(self) -> str:
        return f"limits version {self.active_number}"

    def _follow_log(self, seen: bytes | None) -> list[str]:
        """At the start: the pointer may have been lost, or gone back, while nobody was there to see it."""
        if self._log_is_read:
            return []
        (end,) = self._link.roundtrip([LOG_END])
        last = last_of(end)
        troubles = [] if last is None or last.active is None else self._load_if_higher(last.active, seen)
        self._log_is_read = not troubles
        return troubles

    def _load_if_higher(self, logged: Pointer, seen: bytes | None) -> list[str]:
        decision = decide(logged, seen)
        if decision.step is not Step.RESTORE or logged.number <= self.active_number:
            return []
        return self._load(logged)

    def _follow(self, seen: bytes | None) -> list[str]:
        """Come to the version that the pointer names; what is wrong with it."""
        known = None if self.active is None else self.active.pointer
        decision = decide(known, seen)
        if decision.step is Step.RESTORE and self.active is not None:
            return self._restore(self.active)
        if decision.step is Step.LOAD and decision.pointer is not None:
            return self._load(decision.pointer)
        return [decision.trouble] if decision.trouble else []

    def _load(self, pointer: Pointer) -> list[str]:
        try:
            self.active = self._fetch(pointer)
        except DamagedVersion as error:
            return [str(error)]
        logger.info("limits version %d is in force", pointer.number)
        return []

    def _restore(self, known: Published) -> list[str]:
        """Write again what Redis has lost; if the log knows of a higher version, go by that one."""
        why = "Redis had lost it"
        (reply,) = self._link.roundtrip([scripts.restore(known.pointer, known.text, self._who, why)])
        outcome, *rest = good(reply)
        if outcome == b"restored":
            logger.warning("Redis had lost limits version %d: it is written again", known.pointer.number)
        if outcome == b"conflict":
            return [two_contents(known.pointer)]
        if outcome == b"newer":
            return self._go_by_log(rest[0])
        return []

    def _go_by_log(self, logged: bytes) -> list[str]:
        pointer = Pointer.parse(logged)
        assert pointer is not None  # its number was compared
        troubles = self._load(pointer)
        if troubles or self.active is None:
            return troubles
        return self._restore(self.active)

    def _follow_shadow(self, seen: bytes | None) -> list[str]:
        try:
            pointer = Pointer.parse(seen)
            if pointer != (None if self.shadow is None else self.shadow.pointer):
                self.shadow = None if pointer is None else self._fetch(pointer)
                logger.info("limits version in the shadow: %s", self.shadow_number or "none")
        except DamagedVersion as error:
            return [f"{error} (it should be in the shadow)"]
        except ValueError as error:
            return [f"{keys.LIMITS_SHADOW} is damaged: {error}"]
        return []

    def _fetch(self, pointer: Pointer) -> Published:
        """A version, whole and verified.

        Raises:
            DamagedVersion: it is not what the pointer names.
        """
        for known in (self.active, self.shadow):
            if known is not None and known.pointer == pointer:
                return known
        (reply,) = self._link.roundtrip([get_version(pointer.number)])
        return from_content(*pointer, reply)


def _troubles_of(step: Callable[[], list[str]]) -> list[str]:
    """What is wrong, also where a key is not of the type that it should be."""
    try:
        return step()
    except ResponseError as error:
        return [f"the limits in Redis cannot be read: {error}"]
