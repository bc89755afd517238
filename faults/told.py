"""What a source tells of its frames, and when that is so by the clock that all times are judged by."""

import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from faults.market import Item

APART_US: Final = 2_000_000
"""By how much a time may be beside the moments between which it was taken."""

Clock = Callable[[], int]
"""Microseconds since the Unix epoch."""


class Told(Protocol):
    """Is told what becomes of a source's frames."""

    def sent(self, items: Sequence[Item]) -> None:
        """These are about to be sent, for the first time or again."""

    def acknowledged(self, items: Sequence[Item]) -> None:
        """These have taken effect."""

    def taken_back(self, items: Sequence[Item]) -> None:
        """These had taken effect and are lost: they will be sent again."""


class Moments(NamedTuple):
    """Between which moments something took effect."""

    first_us: int
    last_us: int

    def are_around(self, time_us: int) -> bool:
        """Whether a time is between them, or close to it."""
        return self.first_us - APART_US <= time_us <= self.last_us + APART_US


def now_us() -> int:
    """This machine's clock, which is that of its Redis servers too."""
    return time.time_ns() // 1000
