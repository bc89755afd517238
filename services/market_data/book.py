"""The quote book: the last quote of every symbol, in memory, with a mark on what Redis has not got."""

from collections.abc import Sequence
from typing import NamedTuple

from services.market_data.feed.batch import Update
from shared.market.rule import Limits, reasons, reasons_of_many
from shared.wire.symbol_table import SymbolTable

_VECTOR_QUOTES = 16  # from so many on judging them together is cheaper (20 us against 1.5 us each)


class Entry(NamedTuple):
    """A symbol's last quote and the verdict on it."""

    bid: float | None
    """None where nobody bids."""
    offer: float | None
    reason: str
    """Empty, or why the symbol is risky, joined by a comma."""
    transact_time: bytes
    updated_at: int
    """When it was applied, microseconds since the Unix epoch: always later than the symbol's quote before."""


class Book:
    """The last quote of every symbol.

    Args:
        symbols: numbers them.
        limits: from where on a market is too wide.
    """

    def __init__(self, symbols: SymbolTable, limits: Limits) -> None:
        self._symbols = symbols
        self._limits = limits
        self._entries: dict[int, Entry] = {}
        self._newest_us = 0
        self.unwritten: dict[int, Entry] = {}
        """What Redis has not got yet, by the symbol's number."""

    def __len__(self) -> int:
        return len(self._entries)

    def apply(self, updates: Sequence[Update], now_us: int) -> None:
        """Make these the last quotes of their symbols."""
        bids, offers = [each.bid for each in updates], [each.offer for each in updates]
        if len(updates) < _VECTOR_QUOTES:
            verdicts = [reasons(bid, offer, self._limits) for bid, offer in zip(bids, offers, strict=True)]
        else:
            verdicts = reasons_of_many(bids, offers, self._limits)
        is_later = now_us > self._newest_us  # than all there are: unless the server's clock has stepped back
        for (number, transact_time, bid, offer), verdict in zip(updates, verdicts, strict=True):
            updated_at = now_us if is_later else self._later(number, now_us)
            entry = Entry(bid, offer, ",".join(verdict), transact_time, updated_at)
            self._entries[number] = self.unwritten[number] = entry
        self._newest_us = max(self._newest_us, now_us)

    def _later(self, number: int, now_us: int) -> int:
        """When a quote of a symbol is said to be applied: now, but later than the quote before."""
        before = self._entries.get(number)
        return now_us if before is None else max(now_us, before.updated_at + 1)

    def remember(self, name: bytes, entry: Entry) -> None:
        """Take over a quote that Redis has, if there is room and none as new."""
        number = self._symbols.number_of(name)
        known = self._entries.get(number)
        if number >= 0 and (known is None or known.updated_at < entry.updated_at):
            self._entries[number] = entry
            self.unwritten.pop(number, None)
            self._newest_us = max(self._newest_us, entry.updated_at)

    def entries(self, first: int = 0, count: int | None = None) -> list[tuple[str, int, Entry]]:
        """Symbols with their numbers and last quotes: all of them, or those among so many numbers.

        Args:
            first: the number to begin with.
            count: how many numbers to look at; None for all.
        """
        names = self._symbols.names
        end = len(names) if count is None else min(first + count, len(names))
        return [
            (names[number].decode(), number, entry)
            for number in range(first, end)
            if (entry := self._entries.get(number)) is not None
        ]

    def name(self, number: int) -> str:
        """A symbol by its number."""
        return self._symbols.names[number].decode()
