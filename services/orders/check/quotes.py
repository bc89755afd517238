"""The market as Redis has it: the last quote and the verdict on it, read for a batch's symbols at once."""

import logging
import sys
from collections.abc import Sequence
from typing import Final

from redis.exceptions import ResponseError

from services.orders.check.epoch_watch import EpochWatch
from shared.base.rate_limit import Allowance
from shared.market import keys
from shared.market.quote import FIELDS, Quote, parse_quote
from shared.redis.link import Command, RedisLink, Reply, command
from shared.wire.symbol_table import SymbolTable

logger = logging.getLogger(__name__)

_KNOWN_FORMS: Final = 200_000
_REMEMBERED: Final = 20_000
"""Replies that are remembered: some 14 MB."""


class QuoteReader:
    """Reads quotes.

    Args:
        link: to Redis.
        rebuild_wait_s: how long to wait where an ingestor has to look first whether quotes were lost.
    """

    def __init__(self, link: RedisLink, rebuild_wait_s: float) -> None:
        self._link = link
        self._epochs = EpochWatch(rebuild_wait_s)
        self._forget_symbols()
        self._complaints = Allowance(burst=5, per_second=1)

    def limit_memory(self) -> None:
        """Forget the symbols if there are very many; their numbers are void then.

        Orders on ever new symbols must neither be refused nor fill the memory.
        """
        if self.symbols.forms > _KNOWN_FORMS:
            self._forget_symbols()

    def _forget_symbols(self) -> None:
        self.symbols = SymbolTable(sys.maxsize)
        """Numbers symbols until the next `limit_memory`."""
        self._commands: dict[int, Command] = {}
        self._parsed: dict[int, tuple[Reply, Quote]] = {}
        """What Redis answered last for each symbol: from one batch to the next most of it stays the same."""

    def learn_epochs(self) -> None:
        """Learn what epochs there are, before there is any order.

        Raises:
            RedisUnavailable: no answer.
        """
        self._epochs.learn(self._link.epochs())

    def read(self, numbers: Sequence[int]) -> list[Quote | None]:
        """The last quote of each of these symbols; None where there is none.

        Raises:
            RedisUnavailable: no answer, or Redis has lost its quotes and they are not back yet; call again.
        """
        commands = [self._command(number) for number in numbers]
        while True:
            # Quotes that were lost before the epochs were read may be missing here, so the epochs come last.
            replies, epochs = self._link.roundtrip_with_epochs(commands)
            if self._epochs.believes(epochs):
                break
        return [self._quote(number, reply) for number, reply in zip(numbers, replies, strict=True)]

    def _command(self, number: int) -> Command:
        found = self._commands.get(number)
        if found is None:
            key = keys.symbol(self.symbols.names[number].decode())
            found = self._commands[number] = command(key, "HMGET", key, *FIELDS)
        return found

    def _quote(self, number: int, reply: Reply) -> Quote | None:
        """The quote that a hash holds; one that nobody can read is none, which is said."""
        known = self._parsed.get(number)
        if known is not None and known[0] == reply:
            return known[1]
        if isinstance(reply, ResponseError):
            trouble: Exception = reply
        else:
            bid, offer, *rest = reply
            if None in rest:
                return None
            try:
                quote = parse_quote(bid or b"", offer or b"", *rest)
                if len(self._parsed) < _REMEMBERED:
                    self._parsed[number] = reply, quote
                return quote
            except ValueError as error:
                trouble = error
        if self._complaints.take(1):
            logger.error("the quote of %s cannot be read: %s", self.symbols.names[number], trouble)
        return None
