"""What is wrong with a file of limits: all of it at once."""

from typing import NamedTuple


class Mistake(NamedTuple):
    """One mistake."""

    path: str
    """Where it is: `class[2].tiers[1].from`; entries are counted from 1."""
    text: str
    """What is wrong, and what is right."""

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


class WrongLimits(ValueError):
    """The file has mistakes.

    Args:
        mistakes: all of them, in the order of the file as far as it goes.
    """

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes
