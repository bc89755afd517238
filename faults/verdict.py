"""The judgement on a run: how much of what is wrong was found."""

from dataclasses import dataclass, field
from typing import Final

_EXAMPLES: Final = 10


@dataclass
class Verdict:
    """What came out of a run; all counts from `missing` on have to be 0."""

    expected: int = 0
    """Orders that must have raised an alert, whichever of the quotes they met that they can have met."""
    alerts: int = 0
    judged_by: dict[int, int] = field(default_factory=dict)
    """How many alerts name each version of the limits; 0 is the rule without limits."""
    after_waits: int = 0
    """Alerts by a lower version than one before of their source, after that one was waited for in vain."""
    missing: int = 0
    duplicated: int = 0
    unexpected: int = 0
    """Alerts that nobody should have raised, or with a field that is wrong."""
    disordered: int = 0
    """Alerts that came after one of a later order of the same source."""
    mistimed: int = 0
    """Times of alerts and quotes that are not those at which they can have been checked and applied."""
    went_back: int = 0
    """Other alerts by a lower version than one before of their source."""
    unnoticed: int = 0
    """Losses after which quotes that had been acknowledged did not come back."""
    wrong_quotes: int = 0
    """Symbols whose hash is not the last quote sent."""
    wrong_flags: int = 0
    """Symbols whose hash says other flags than the limits that are active in the end."""
    unseen: int = 0
    """Alerts that the subscriber did not see."""
    misseen: int = 0
    """What it saw twice, or at the wrong place, or instead of an alert."""
    examples: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether everything took effect exactly once."""
        wrong = self.missing + self.duplicated + self.unexpected + self.disordered + self.mistimed
        wrong += (
            self.went_back
            + self.unnoticed
            + self.wrong_quotes
            + self.wrong_flags
            + self.unseen
            + self.misseen
        )
        return self.expected > 0 and not wrong

    def note(self, text: str) -> None:
        """Keep an example of what is wrong."""
        if len(self.examples) < _EXAMPLES:
            self.examples.append(text)
