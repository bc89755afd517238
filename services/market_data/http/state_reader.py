"""Reads symbols' states from Redis, one or many in a round trip."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from services.market_data.http.symbol_state import FIELDS, encode, state_in
from shared.market import keys
from shared.market.limits.rules_in_force import scope_in
from shared.market.symbol_name import is_symbol_name
from shared.redis.aio.link import AsyncLink
from shared.redis.link import Command, Reply, command
from shared.redis.server_clock import ServerClock

_AT_ONCE: Final = 5000
"""Symbols a round trip: more would hold up others for longer than they gain."""
_RISKY: Final = FIELDS.index("risky")
_LIMITS: Final = FIELDS.index("limits")


@dataclass(frozen=True)
class Page:
    """Some symbols, sorted."""

    states: list[bytes]
    """JSON of a `SymbolState` each."""
    next: str | None
    """The symbol to go on after; None at the end."""


class Wanted(NamedTuple):
    """Which symbols are wanted; what is empty leaves all."""

    risky: bool | None = None
    """Only those that are, or are not."""
    names: Collection[str] = ()
    """None but these."""
    states: Collection[str] = ()
    """Only those whose quotes are in one of these states."""
    classes: Collection[str] = ()
    """Only those that published limits have in one of these classes."""

    @property
    def all(self) -> bool:
        """Whether nothing has to be known of a symbol."""
        return self.risky is None and not self.states and not self.classes

    def has(self, quote: Reply) -> bool:
        """Whether a hash is one of a wanted symbol.

        Args:
            quote: the values of `services.market_data.http.symbol_state.FIELDS`.
        """
        if not isinstance(quote, list):
            return False
        if self.risky is not None and (quote[_RISKY] == b"1") is not self.risky:
            return False
        scope = scope_in(quote[_LIMITS]) if self.classes else None
        if self.classes and (scope is None or scope.class_name not in self.classes):
            return False
        try:
            return not self.states or state_in(quote) in self.states
        except ValueError:
            return False


class StateReader:
    """Reads the hashes that the ingestor writes.

    Args:
        link: to Redis.
        clock: says how old quotes are.
    """

    def __init__(self, link: AsyncLink, clock: ServerClock) -> None:
        self._link = link
        self.clock = clock

    async def names(self) -> list[str]:
        """All symbols, sorted; what cannot be one is left out.

        Raises:
            RedisUnavailable: no answer.
        """
        (names,) = await self._link.roundtrip([command(keys.SYMBOLS, "SMEMBERS", keys.SYMBOLS)])
        texts = (name.decode(errors="replace") for name in names)
        return sorted(text for text in texts if is_symbol_name(text))

    async def quotes(self, names: Sequence[str], pack: Callable[[str], Command]) -> list[Reply]:
        """The values of `services.market_data.http.symbol_state.FIELDS` of each symbol.

        Args:
            names: the symbols.
            pack: makes the command for one: `read`, or `kept_read` for symbols that Redis has named.

        Raises:
            RedisUnavailable: no answer.
        """
        quotes: list[Reply] = []
        for first in range(0, len(names), _AT_ONCE):
            some = names[first : first + _AT_ONCE]
            quotes += await self._link.roundtrip([pack(name) for name in some])
        return quotes

    async def one(self, name: str) -> bytes | None:
        """The JSON of a symbol's state; None if it has none.

        Raises:
            RedisUnavailable: no answer.
        """
        (quote,) = await self._link.roundtrip([read(name)])
        return encode(name, quote, self.clock.now_us())

    async def page(self, wanted: Wanted, *, after: str | None, limit: int) -> Page:
        """The symbols that follow one, in order.

        Args:
            wanted: which of them.
            after: the symbol; None for the first page.
            limit: how many at most.

        Raises:
            RedisUnavailable: no answer.
        """
        only = sorted(set(wanted.names))
        names, pack = (only, read) if only else (await self.names(), kept_read)
        begin = 0 if after is None else bisect_right(names, after)
        at_once = min(limit, _AT_ONCE) if wanted.all else _AT_ONCE  # how many match nobody knows
        found: list[bytes] = []
        for first in range(begin, len(names), at_once):
            some, now = names[first : first + at_once], self.clock.now_us()
            quotes = await self.quotes(some, pack)
            for place, (name, quote) in enumerate(zip(some, quotes, strict=True), first + 1):
                state = encode(name, quote, now) if wanted.all or wanted.has(quote) else None
                if state is not None:
                    found.append(state)
                if len(found) == limit:
                    return Page(found, name if place < len(names) else None)
        return Page(found, None)


def read(name: str) -> Command:
    """The command that asks for the values of `services.market_data.http.symbol_state.FIELDS` of a symbol."""
    key = keys.symbol(name)
    return command(key, "HMGET", key, *FIELDS)


kept_read: Final = lru_cache(maxsize=100_000)(read)
"""For symbols that Redis has named, for packing takes as long as encoding; some 60 MB at most."""
