"""What the orders of a batch meet: the quotes of its symbols, at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from shared.market.limits.many.columns import Ints
from shared.market.limits.met import MetQuote


@dataclass(frozen=True)
class Market:
    """The quotes of some symbols."""

    numbers: Sequence[int]
    """Of the symbols."""
    names: Sequence[str]
    """Of the same ones."""
    quotes: Sequence[MetQuote | None]
    """None where a symbol has no hash."""
    transact_times: Sequence[bytes]
    """The quotes'."""

    @cached_property
    def place_of(self) -> dict[int, int]:
        """Where a symbol stands, by its number."""
        return {number: place for place, number in enumerate(self.numbers)}

    @cached_property
    def places(self) -> Ints:
        """The same as a column, by number."""
        places = np.zeros(max(self.numbers, default=-1) + 1, np.int64)
        places[np.array(self.numbers, np.int64)] = np.arange(len(self.numbers))
        return places
