"""What a run found."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

_MATTER_PERCENT: Final = 50


@dataclass
class Fault:
    """One that has struck."""

    number: int
    at_s: float
    """Since the run began."""
    kind: str
    in_flight: int
    """Orders that had been sent and had not taken effect."""
    back_s: float = 0.0
    """When the next order took effect, since the run began."""


@dataclass
class Outcome:
    """What a run found.

    Args:
        role: the engine's.
        begin: BeginString.
        orders: how many were to be sent, named 0, 1, 2 and so on.
    """

    role: str
    begin: str
    orders: int
    faults: list[Fault] = field(default_factory=list)
    alerts: int = 0
    missing: int = 0
    doubled: int = 0
    disordered: int = 0
    """Orders that took effect after one that was sent later."""
    logons: int = 0
    heartbeats: int = 0
    """Of ours that the engine got while Redis was away."""
    examples: list[str] = field(default_factory=list)
    """Some of the orders that are missing or doubled."""
    wrong: list[str] = field(default_factory=list)
    """What went wrong besides."""
    elapsed_s: float = 0.0

    def judge(self, found: Sequence[str]) -> None:
        """Compare with the names of the orders that alerted, in the order in which they did."""
        self.alerts = len(found)
        seen: set[int] = set()
        highest = -1
        for number in map(int, found):
            if number in seen:
                self.doubled += 1
                self._note(f"order {number} is doubled")
                continue
            self.disordered += number < highest
            seen.add(number)
            highest = max(highest, number)
        for number in sorted(set(range(self.orders)) - seen):
            self.missing += 1
            self._note(f"order {number} is missing")

    @property
    def in_flight(self) -> int:
        """Faults that struck with orders in flight."""
        return sum(fault.in_flight > 0 for fault in self.faults)

    @property
    def mattered(self) -> bool:
        """Whether enough faults struck with orders in flight."""
        return 100 * self.in_flight >= _MATTER_PERCENT * len(self.faults)

    @property
    def is_good(self) -> bool:
        """Whether each order took effect exactly once and in order, under faults that mattered."""
        is_exact = self.alerts == self.orders and not self.missing + self.doubled + self.disordered
        return is_exact and self.mattered and not self.wrong

    def as_json(self) -> dict[str, object]:
        """For the log."""
        return {**asdict(self), "struck_in_flight": self.in_flight, "is_good": self.is_good}

    def _note(self, text: str) -> None:
        if len(self.examples) < 10:
            self.examples.append(text)
