"""What is read of Redis before a batch is judged: the market of its symbols, and the limits in force."""

from collections.abc import Sequence
from typing import NamedTuple

from services.orders.check.limits_in_force import LimitsInForce
from services.orders.check.market import Market
from services.orders.check.source_times import SourceTimes
from services.orders.check.symbol_hashes import SymbolHashes
from shared.market.limits.met import MetQuote
from shared.market.limits.met_hash import MetHash
from shared.market.quote import Quote
from shared.redis.link import RedisLink


class Met(NamedTuple):
    """What the symbols of a batch have in Redis."""

    flagged: list[Quote | None]
    """With the flags that limits version 0 goes by."""
    market: Market | None
    """What published limits go by; None where none are in force."""


class MarketReader:
    """Reads the market, and with it which limits are in force.

    Args:
        link: to Redis.
        hashes: of the symbols, read with the pointers to the limits beside.
        limits: takes these pointers.
    """

    def __init__(self, link: RedisLink, hashes: SymbolHashes, limits: LimitsInForce) -> None:
        self._hashes = hashes
        self._limits = limits
        self._times = SourceTimes(link)

    def read(self, symbols: Sequence[int], judged_by: int) -> Met:
        """What these symbols have; the limits in force afterwards are those to judge by.

        Args:
            symbols: their numbers.
            judged_by: the highest version of the limits that has judged orders of the same sources.

        Raises:
            RedisUnavailable: no answer, or something was lost that is not back yet; call again.
        """
        while True:
            if self._limits.only_flags:
                flagged, pointers = self._hashes.flagged(symbols)
                self._limits.take(pointers)
                if self._limits.only_flags:
                    self._limits.hold_below(judged_by)
                    return Met(flagged, None)
            found, pointers = self._hashes.whole(symbols)
            self._limits.take(pointers)
            if not self._limits.is_news(max((each.version for each in found), default=0)):
                self._limits.hold_below(judged_by)
                return Met([each.flagged for each in found], self._market(symbols, found))

    def _market(self, symbols: Sequence[int], found: Sequence[MetHash]) -> Market:
        quotes = [each.quote for each in found]
        if self._limits.tests_sources:
            quotes = self._with_times(quotes)
        names = self._hashes.symbols.names
        return Market(
            symbols,
            [names[number].decode() for number in symbols],
            quotes,
            [each.transact_time for each in found],
        )

    def _with_times(self, quotes: Sequence[MetQuote | None]) -> list[MetQuote | None]:
        """Quotes, each with the time when its source was last heard of."""
        times = self._times.of({each.source for each in quotes if each is not None and each.source})
        return [
            each._replace(heard_at_us=times[each.source]) if each is not None and each.source else each
            for each in quotes
        ]
