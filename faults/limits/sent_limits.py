"""Which versions of the limits can judge an order: what was activated, and when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from faults.limits.judgement import Judgement, JudgementByLimits, RuleWithoutLimits
from faults.limits.version import Limits
from faults.told import Clock, now_us

_NEVER: Final = 0


@dataclass(slots=True)
class _Number:
    """What may have been activated under a number; several only where Redis has lost one."""

    judgements: list[Judgement] = field(default_factory=list)
    begun_us: int = _NEVER
    """When the first activation began."""


class SentLimits:
    """Is told of activations and losses.

    An order whose bytes are sent after an activation has returned is judged by that version or a later one;
    and none is judged by a version before its activation has begun.

    Args:
        clock: what the times of alerts are judged by.
    """

    def __init__(self, clock: Clock = now_us) -> None:
        self._clock = clock
        self._numbers = {0: _Number([RuleWithoutLimits()])}
        self.highest = 0
        """The highest number whose activation has begun: none is above it."""
        self.in_force = 0
        """The lowest number that may judge an order sent now."""
        self.after_losses: list[int] = []
        """The lowest number after each loss."""

    def begins(self, number: int, limits: Limits) -> None:
        """The activation of a version is about to be asked for."""
        found = self._numbers.setdefault(number, _Number(begun_us=self._clock()))
        if limits not in self.contents(number):
            found.judgements.append(JudgementByLimits(number, limits))
        self.highest = max(self.highest, number)

    def returned(self, number: int) -> None:
        """It has returned, or was seen to be active: Redis has it."""
        self.in_force = max(self.in_force, number)

    def lost(self, number: int) -> None:
        """Redis has gone back to this version; whoever knows a higher one writes it again."""
        self.in_force = min(self.in_force, number)
        self.after_losses.append(self.in_force)

    def contents(self, number: int) -> list[Limits]:
        """What may have been activated under a number."""
        known = self._numbers.get(number)
        by_limits = [] if known is None else known.judgements
        return [each.limits for each in by_limits if isinstance(each, JudgementByLimits)]

    def begun_us(self, number: int) -> int:
        """When its activation began; for a number that was activated."""
        return self._numbers[number].begun_us

    def of(self, number: int) -> Sequence[Judgement]:
        """What may judge under a number; nothing if none was ever activated under it."""
        return self._numbers[number].judgements if number in self._numbers else ()

    def between(self, least: int, most: int) -> Sequence[Judgement]:
        """What may judge an order for which these numbers are the lowest and the highest."""
        return [each for number in range(least, most + 1) for each in self.of(number)]
