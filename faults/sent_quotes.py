"""The quotes that were sent: which of them an order can have met, and whether those are risky."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from faults.market import Item, Quote
from faults.rule import reason
from faults.told import Clock, Moments, now_us


class Possible(NamedTuple):
    """How many quotes an order can have met, and how many of them are risky."""

    quotes: int
    risky: int


@dataclass
class _Symbol:
    """The quotes of one symbol, in the order in which they were sent first."""

    numbers: list[int] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    risky: list[int] = field(default_factory=lambda: [0])
    """How many of the first so many are risky."""
    asked_again: list[int] = field(default_factory=list)
    """The first of those that had to be sent again, each time."""
    acknowledged: int = 0
    """The last one that is in effect, or the first one that is being sent again."""


class SentQuotes:
    """See `faults.told.Told`.

    Args:
        clock: what the times of quotes are judged by.
    """

    def __init__(self, clock: Clock = now_us) -> None:
        self._clock = clock
        self._symbols: dict[str, _Symbol] = defaultdict(_Symbol)
        self._by_time: dict[str, Quote] = {}
        self._sent_us: dict[int, int] = {}
        self._done_us: dict[int, int] = {}

    def sent(self, items: Sequence[Item]) -> None:
        """See `Told.sent`."""
        for quote in _good(items):
            if quote.number not in self._sent_us:
                symbol = self._symbols[quote.symbol]
                symbol.numbers.append(quote.number)
                symbol.quotes.append(quote)
                symbol.risky.append(symbol.risky[-1] + bool(reason(quote.bid, quote.offer)))
                self._by_time[quote.transact_time] = quote
                self._sent_us[quote.number] = self._clock()

    def acknowledged(self, items: Sequence[Item]) -> None:
        """See `Told.acknowledged`."""
        for quote in _good(items):
            self._symbols[quote.symbol].acknowledged = quote.number
            self._done_us[quote.number] = self._clock()

    def taken_back(self, items: Sequence[Item]) -> None:
        """See `Told.taken_back`.

        From now on an order may meet any of these, or what the ingestor has written again: a newer one.
        """
        first = {quote.symbol: quote.number for quote in reversed(list(_good(items)))}
        for name, number in first.items():
            symbol = self._symbols[name]
            symbol.acknowledged = number
            symbol.asked_again.append(number)

    def in_effect(self, symbol: str) -> int:
        """The number of the oldest quote that an order sent now may meet; 0 if it may meet none."""
        return self._symbols[symbol].acknowledged if symbol in self._symbols else 0

    def newest(self, symbol: str) -> int:
        """The number of the last one that was sent."""
        return self._symbols[symbol].numbers[-1] if symbol in self._symbols else 0

    def asked_again(self, symbol: str) -> Sequence[int]:
        """The number of the first quote that was to be sent again, each time."""
        return self._symbols[symbol].asked_again if symbol in self._symbols else ()

    def possible(self, symbol: str, oldest: int, newest: int) -> Possible:
        """What an order can have met; that there is no quote counts as a risky one."""
        none = int(not oldest)
        if symbol not in self._symbols:
            return Possible(none, none)
        found = self._symbols[symbol]
        first, end = bisect_left(found.numbers, oldest), bisect_right(found.numbers, newest)
        return Possible(none + end - first, none + found.risky[end] - found.risky[first])

    def at(self, transact_time: str) -> Quote | None:
        """The quote of a transact time, which no other has."""
        return self._by_time.get(transact_time)

    def last_ones(self) -> dict[str, Quote]:
        """The last quote of each symbol."""
        return {name: symbol.quotes[-1] for name, symbol in self._symbols.items()}

    def all_in_effect(self) -> dict[str, int]:
        """The number of the oldest quote that each symbol may have now."""
        return {name: symbol.acknowledged for name, symbol in self._symbols.items()}

    def moments(self, quote: Quote) -> Moments:
        """Between which moments it was applied last: until now if it is not acknowledged."""
        return Moments(self._sent_us[quote.number], self._done_us.get(quote.number, self._clock()))


def _good(items: Sequence[Item]) -> Iterator[Quote]:
    """Those that take effect."""
    return (each.about for each in items if isinstance(each.about, Quote) and not each.is_bad)
