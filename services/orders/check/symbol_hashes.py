"""The market as Redis has it: what the hashes of a batch's symbols say, read in one round trip."""

import logging
import sys
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from redis.exceptions import ResponseError

from services.orders.check.epoch_watch import EpochWatch
from shared.base.rate_limit import Allowance
from shared.market import keys, quote
from shared.market.limits import met_hash
from shared.market.limits.many.quote_table import QuoteTable
from shared.market.limits.met_hash import MetHash
from shared.market.quote import Quote
from shared.redis.link import Command, RedisLink, Reply, command
from shared.wire.symbol_table import SymbolTable

logger = logging.getLogger(__name__)

_KNOWN_FORMS: Final = 200_000
_REMEMBERED: Final = 20_000
"""Hashes that are remembered as they were read: some 20 MB."""

Parsed = TypeVar("Parsed")


class SymbolHashes:
    """Reads hashes of symbols.

    Args:
        link: to Redis.
        rebuild_wait_s: how long to wait where an ingestor has to look first whether quotes were lost.
        beside: a command whose reply is wanted with each reading.
    """

    def __init__(self, link: RedisLink, rebuild_wait_s: float, beside: Command) -> None:
        self._link = link
        self._beside = beside
        self._epochs = EpochWatch(rebuild_wait_s)
        self._forget_symbols()
        self._complaints = Allowance(burst=5, per_second=1)

    def limit_memory(self) -> None:
        """Forget the symbols if there are very many; their numbers are void then.

        Orders on ever new symbols must neither be refused nor fill the memory.
        """
        if max(self.symbols.forms, self.table.sources) > _KNOWN_FORMS:
            self._forget_symbols()

    def _forget_symbols(self) -> None:
        self.symbols = SymbolTable(sys.maxsize)
        """Numbers symbols until the next `limit_memory`."""
        self._flag_commands: dict[int, Command] = {}
        self._whole_commands: dict[bool, dict[int, Command]] = {}
        self._known: dict[int, tuple[Reply, MetHash]] = {}
        """What was read last, and what it says: most hashes are the same again."""
        self._known_flags: dict[int, tuple[Reply, Quote | None]] = {}
        """The same of quotes with their flags."""
        self._names: dict[int, str] = {}
        self.table = QuoteTable()
        """Has the quotes of what was read as a whole, as columns."""

    def learn_epochs(self) -> None:
        """Learn what epochs there are, before there is any order.

        Raises:
            RedisUnavailable: no answer.
        """
        self._epochs.learn(self._link.epochs())

    def flagged(self, numbers: Sequence[int]) -> tuple[list[Quote | None], Reply]:
        """The last quote of each of these symbols with its flags, None where there is none; what was beside.

        Raises:
            RedisUnavailable: no answer, or Redis has lost its quotes and they are not back yet; call again.
        """
        replies, beside = self._read(numbers, self._flag_commands, quote.FIELDS)
        return [self._flagged(*each) for each in zip(numbers, replies, strict=True)], beside

    def whole(self, numbers: Sequence[int], *, with_flags: bool) -> tuple[list[MetHash], Reply]:
        """All that the hash of each of these symbols says that limits judge by; what was beside.

        Args:
            numbers: of the symbols.
            with_flags: whether limits version 0 judges, too.

        Raises:
            RedisUnavailable: see `flagged`.
        """
        fields = met_hash.FIELDS if with_flags else met_hash.FIELDS_OF_LIMITS
        commands = self._whole_commands.setdefault(with_flags, {})
        replies, beside = self._read(numbers, commands, fields)
        return [self._whole(*each) for each in zip(numbers, replies, strict=True)], beside

    def known(self, number: int) -> MetHash:
        """What the hash of a symbol said when it was last read as a whole."""
        return self._known[number][1]

    def names_of(self, numbers: Sequence[int]) -> list[str]:
        """What symbols are called that were read."""
        return [self._names[number] for number in numbers]

    def _read(
        self, numbers: Sequence[int], commands: dict[int, Command], fields: Sequence[str]
    ) -> tuple[list[Reply], Reply]:
        for number in numbers:
            if number not in commands:
                name = self._names[number] = self.symbols.names[number].decode()
                key = keys.symbol(name)
                commands[number] = command(key, "HMGET", key, *fields)
        sent = [*map(commands.__getitem__, numbers), self._beside]
        while True:
            # Quotes that were lost before the epochs were read may be missing here, so the epochs come last.
            replies, epochs = self._link.roundtrip_with_epochs(sent)
            if self._epochs.believes(epochs):
                return replies, replies.pop()

    def _flagged(self, number: int, reply: Reply) -> Quote | None:
        known = self._known_flags.get(number)
        if known is not None and known[0] == reply:
            return known[1]
        found = self._parsed(number, reply, _flagged_quote, None)
        if found is not None and (known or len(self._known_flags) < _REMEMBERED):
            self._known_flags[number] = reply, found
        return found

    def _whole(self, number: int, reply: Reply) -> MetHash:
        known = self._known.get(number)
        if known is not None and known[0] == reply:
            return known[1]
        found = self._parsed(number, reply, met_hash.parse_hash, met_hash.NOTHING)
        if known is None or known[1].quote != found.quote:
            self.table.put(number, found.quote)
        if known or len(self._known) < _REMEMBERED:
            self._known[number] = reply, found
        return found

    def _parsed(self, number: int, reply: Reply, parse: Callable[[Reply], Parsed], nothing: Parsed) -> Parsed:
        """What a hash says; one that nobody can read says nothing, and that is logged."""
        trouble: Exception
        if isinstance(reply, ResponseError):
            trouble = reply
        else:
            try:
                return parse(reply)
            except ValueError as error:
                trouble = error
        if self._complaints.take(1):
            logger.error("the quote of %s cannot be read: %s", self.symbols.names[number], trouble)
        return nothing


def _flagged_quote(reply: Reply) -> Quote | None:
    """The quote that the values of a hash are; None where there is none."""
    bid, offer, *rest = reply
    return None if None in rest else quote.parse_quote(bid or b"", offer or b"", *rest)
