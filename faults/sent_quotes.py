"""The quotes that were sent: which of them an order can have met, and which of those alert."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from faults.limits.judgement import Judgement
from faults.market import Item, Order, Quote
from faults.told import Clock, Moments, now_us


class Possible(NamedTuple):
    """In how many ways an order can have been judged, and in how many of them it alerts."""

    ways: int
    alerting: int


class _Alerting:
    """How many of a symbol's quotes alert by one judgement, counted from the first that is asked for."""

    def __init__(self, first: int) -> None:
        self.first = first
        self._sums = [0]

    def count(self, quotes: Sequence[Quote], first: int, end: int, alerts: Callable[[Quote], bool]) -> int:
        """How many from a place until another; neither is before `first`."""
        for quote in quotes[self.first + len(self._sums) - 1 : end]:
            self._sums.append(self._sums[-1] + alerts(quote))
        return self._sums[end - self.first] - self._sums[first - self.first]


@dataclass
class _Symbol:
    """The quotes of one symbol, in the order in which they were sent first."""

    numbers: list[int] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    alerting: dict[tuple[Judgement, Hashable], _Alerting] = field(default_factory=dict)
    """By judgement and kind of account."""
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

    def possible(self, order: Order, oldest: int, newest: int, judgement: Judgement) -> Possible:
        """What an order can have met, if this is what it was judged by."""
        symbol, kind = order.symbol, judgement.kind(order.account)
        none = Possible(0, 0) if oldest else Possible(1, int(judgement.market_alerts(symbol, kind, None)))
        ways = none
        if symbol in self._symbols:
            found = self._symbols[symbol]
            first, end = bisect_left(found.numbers, oldest), bisect_right(found.numbers, newest)
            counts = found.alerting.get((judgement, kind))
            if counts is None or first < counts.first:
                counts = found.alerting[judgement, kind] = _Alerting(first)
            count = counts.count(
                found.quotes, first, end, lambda quote: judgement.market_alerts(symbol, kind, quote)
            )
            ways = Possible(none.ways + end - first, none.alerting + count)
        return Possible(ways.ways, ways.ways) if judgement.order_alerts(order) else ways

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
