"""Numbers for symbols, so that a column of symbols becomes a column of small integers.

A symbol is cleaned and checked once, when it is first seen in some padded form; from then on the padded
form is looked up in a hash table for all rows at once.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market_spread.framing import clean_symbol
from shared.wire.byte_scan import symbol_words
from shared.wire.hash_slots import UNKNOWN, HashSlots

INVALID: Final = -1
"""Number of what is no symbol."""
FULL: Final = -2
"""Number of a new symbol when there is no room for it."""

_RESOLVED_AT_ONCE = 1024


class SymbolTable:
    """Numbers symbols from 0 in the order in which they are first seen.

    Args:
        limit: how many symbols there may be.
    """

    def __init__(self, limit: int) -> None:
        self.names: list[bytes] = []
        """The symbols, by number."""
        self._limit = limit
        self._numbers: dict[bytes, int] = {}
        self._padded: dict[bytes, int] = {}
        self._slots: dict[int, HashSlots] = {}

    def __len__(self) -> int:
        return len(self.names)

    @property
    def forms(self) -> int:
        """How many padded forms of symbols are remembered, or symbols if that is more."""
        return max(len(self._padded), len(self.names))

    @property
    def room(self) -> int:
        """How many new symbols would get a number."""
        return self._limit - len(self.names)

    def number(self, padded: bytes) -> int:
        """The number of a symbol as it came (padded with spaces), or `INVALID`, or `FULL`."""
        found = self._padded.get(padded)
        if found is not None:
            return found
        name = clean_symbol(padded)
        if name is None:
            return INVALID
        number = self.number_of(name)
        if number >= 0:
            self._remember(padded, number)
        return number

    def numbers(self, rows: NDArray[np.void]) -> NDArray[np.intp]:
        """The number of each row's symbol.

        Args:
            rows: frames of one length, with a field `symbol`.
        """
        if not rows.size:  # all were refused; there is nothing to look at words of
            return np.empty(0, np.intp)
        low, high = symbol_words(rows)
        slots = self._slots_of(rows)
        found = slots.find(low, high)
        unknown = np.flatnonzero(found == UNKNOWN)
        while unknown.size:  # the few rows that a new symbol is learned from are resolved in Python
            now, unknown = unknown[:_RESOLVED_AT_ONCE], unknown[_RESOLVED_AT_ONCE:]
            for row in now.tolist():
                number = self.number(_padded(rows, row))
                found[row] = number
                if number >= 0:
                    slots.insert(int(low[row]), 0 if high is None else int(high[row]), number)
            if unknown.size:
                found[unknown] = slots.find(low[unknown], None if high is None else high[unknown])
                unknown = unknown[found[unknown] == UNKNOWN]
        return found

    def number_in_order(
        self,
        parts: Sequence[tuple[NDArray[np.void], NDArray[np.intp]]],
        others: Sequence[tuple[int, bytes]] = (),
    ) -> None:
        """Number the new symbols of frames of several lengths in the order in which they came.

        Args:
            parts: frames of one length, with a field `symbol`, and their numbers within the batch.
            others: the numbers of other frames, each with its symbol.
        """
        new = [*others]
        for rows, frames in parts:
            if not rows.size:
                continue
            unknown = np.flatnonzero(self._slots_of(rows).find(*symbol_words(rows)) == UNKNOWN)
            _, firsts = np.unique(rows["symbol"][unknown], return_index=True)
            new += [(int(frames[row]), _padded(rows, row)) for row in unknown[firsts].tolist()]
        for _, padded in sorted(new):
            self.number(padded)

    def _slots_of(self, rows: NDArray[np.void]) -> HashSlots:
        return self._slots.setdefault(rows.dtype["symbol"].itemsize, HashSlots())

    def number_of(self, name: bytes) -> int:
        """The number of a symbol that a frame may have no room for, without padding; or `FULL`."""
        number = self._numbers.get(name)
        if number is None:
            if not self.room:
                return FULL
            number = len(self.names)
            self.names.append(name)
            self._numbers[name] = number
        return number

    def _remember(self, padded: bytes, number: int) -> None:
        """Keep a padded form; a sender that plays with padding must not fill the memory."""
        if len(self._padded) >= 4 * self._limit:
            self._padded.clear()
            self._slots.clear()
        self._padded[padded] = number


def _padded(rows: NDArray[np.void], row: int) -> bytes:
    """A row's symbol as it came; taken out of its array it would lose NULs at its end."""
    return rows["symbol"][row : row + 1].tobytes()
