"""What a run found."""

from dataclasses import dataclass, field
from typing import Final

from faults.limits.activation import Activation
from faults.loss import Loss
from faults.striker import Fault
from faults.target import KILL, STOP
from faults.verdict import Verdict

_MATTER_PERCENT: Final = 80


@dataclass
class Outcome:
    """What a run found."""

    faults: list[Fault] = field(default_factory=list)
    activations: list[Activation] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)
    wrong: list[str] = field(default_factory=list)
    """What went wrong besides: something stuck, a source sent away, a process that ended by itself."""
    quotes: int = 0
    orders: int = 0
    phases: int = 0
    connections: int = 0
    subscriptions: int = 0
    left_behind: int = 0
    """Connections given up with frames in flight."""
    takeovers: int = 0
    """How often a replica became a primary."""
    taken_back: int = 0
    """Frames that had been acknowledged and were asked for again."""
    fenced: int = 0
    """Connections that heard that a newer one had taken their source over."""
    given_up_limits: list[int] = field(default_factory=list)
    """Versions that checkers have waited for in vain."""
    elapsed_s: float = 0.0

    @property
    def struck_in_flight(self) -> int:
        """Faults that struck with frames in flight."""
        return sum(1 for fault in self.faults if fault.frames)

    @property
    def struck_between_chunks(self) -> int:
        """Faults that struck when a commit of several chunks had taken effect in part."""
        return sum(fault.is_between_chunks for fault in self.faults)

    @property
    def activated_while_killed(self) -> int:
        """Activations between somebody's being killed and its being ready again."""
        return self._activated_while(KILL)

    @property
    def activated_while_stopped(self) -> int:
        """Activations while somebody stood still."""
        return self._activated_while(STOP)

    def _activated_while(self, kind: str) -> int:
        spans = [fault.away for fault in self.faults if fault.kind == kind]
        return sum(
            any(each.at_s <= end and begin <= each.returned_s for begin, end in spans)
            for each in self.activations
        )

    @property
    def versions(self) -> int:
        """By how many versions of the limits alerts were judged; the rule without limits is none."""
        return sum(1 for number in self.verdict.judged_by if number)

    @property
    def losses(self) -> list[Loss]:
        """What Redis lost, fault by fault."""
        return [fault.loss for fault in self.faults if fault.loss is not None]

    @property
    def real_losses(self) -> int:
        """Faults in which something that had taken effect was gone."""
        return sum(1 for loss in self.losses if loss.is_real)

    @property
    def mattered(self) -> bool:
        """Whether enough faults struck with frames in flight, and enough losses were losses."""
        in_flight = 100 * self.struck_in_flight >= _MATTER_PERCENT * len(self.faults)
        return in_flight and 100 * self.real_losses >= _MATTER_PERCENT * len(self.losses)

    @property
    def is_good(self) -> bool:
        """Whether everything took effect exactly once, under faults that mattered."""
        return self.verdict.is_good and self.mattered and not self.wrong
