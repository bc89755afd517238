"""What is read of Redis before a batch is judged: the market of its symbols, and the limits in force."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.orders.check.limits_in_force import LimitsInForce
from services.orders.check.market import Market
from services.orders.check.source_times import SourceTimes
from services.orders.check.symbol_hashes import SymbolHashes
from shared.market.limits.met_hash import MetHash
from shared.market.quote import Quote
from shared.redis.link import RedisLink


class Met(NamedTuple):
    """What the symbols of a batch have in Redis."""

    flagged: list[Quote | None]
    """With the flags that limits version 0 goes by; only needed while that judges."""
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
            with_flags = self._limits.active is None
            found, pointers = self._hashes.whole(symbols, with_flags=with_flags)
            self._limits.take(pointers)
            if not self._limits.is_news(max((each.version for each in found), default=0)):
                self._limits.hold_below(judged_by)
                flagged = [each.flagged for each in found] if with_flags else []
                return Met(flagged, self._market(symbols, found))

    def _market(self, symbols: Sequence[int], found: Sequence[MetHash]) -> Market:
        heard_us: Mapping[str, int | None] = {}
        if self._limits.tests_sources:
            sources = {each.quote.source for each in found if each.quote is not None}
            heard_us = self._times.of(sources - {""})
        hashes = self._hashes
        return Market(symbols, hashes.names_of(symbols), hashes.known, heard_us, hashes.table)
