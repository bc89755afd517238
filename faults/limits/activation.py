"""An activation: a version of the limits that is published and becomes the active one."""

from dataclasses import dataclass

from faults.limits.version import Limits
from shared.published.pointer import Pointer


@dataclass
class Activation:
    """One that was asked for."""

    limits: Limits
    source: Pointer | None
    """Under what they were published; None: not yet."""
    at_s: float
    """When it was first asked for, since the first phase began."""
    is_way_back: bool
    """Whether its content was active before, under another number."""
    number: int = 0
    """Under which it is active."""
    returned_s: float = 0.0
    attempts: int = 0
    """How often it was asked for: again where Redis did not answer, or had lost what was published."""

    def as_json(self) -> dict[str, object]:
        """For the log."""
        return {
            "number": self.number,
            "at_s": round(self.at_s, 3),
            "returned_s": round(self.returned_s, 3),
            "is_way_back": self.is_way_back,
            "attempts": self.attempts,
        }
