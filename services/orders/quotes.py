"""The market as Redis has it: the last quote and the verdict on it, read for a batch's symbols at once."""

import logging
import sys
import time
from collections.abc import Sequence
from typing import Final

from redis.exceptions import ResponseError

from services.orders.alert import Quote
from shared import keys
from shared.allowance import Allowance
from shared.redis_link import Command, Holding, Link, Reply, command
from shared.symbols import SymbolTable

logger = logging.getLogger(__name__)

_GET_EPOCH: Final = command(keys.EPOCH, "GET", keys.EPOCH)
_FIELDS: Final = ("bid", "offer", "transact_time", "risky", "reason", "updated_at")

_KNOWN_FORMS: Final = 200_000


class QuoteReader:
    """Reads quotes.

    Args:
        link: to Redis.
        rebuild_wait_s: how long to wait for an epoch when the one that was known is gone.
    """

    def __init__(self, link: Link, rebuild_wait_s: float) -> None:
        self._link = link
        self._rebuild_wait_s = rebuild_wait_s
        self._forget_symbols()
        self._epoch: bytes | None = None
        self._gone_since: float | None = None
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

    def read(self, numbers: Sequence[int]) -> list[Quote | None]:
        """The last quote of each of these symbols; None where there is none.

        Raises:
            RedisAway: no answer, or Redis has lost its quotes and they are not back yet; call again.
        """
        while True:
            # Quotes that were lost before the epoch was read may be missing among the replies: it comes last.
            *replies, epoch = self._link.roundtrip([*map(self._command, numbers), _GET_EPOCH])
            if self._is_known(epoch):
                break
        return [self._quote(number, reply) for number, reply in zip(numbers, replies, strict=True)]

    def _command(self, number: int) -> Command:
        found = self._commands.get(number)
        if found is None:
            key = keys.symbol(self.symbols.names[number].decode())
            found = self._commands[number] = command(key, "HMGET", key, *_FIELDS)
        return found

    def _quote(self, number: int, reply: Reply) -> Quote | None:
        if isinstance(reply, ResponseError):
            if self._complaints.take(1):
                logger.error("the quote of %s cannot be read: %s", self.symbols.names[number], reply)
            return None
        return None if None in reply else Quote(*reply)

    def _is_known(self, reply: Reply) -> bool:
        """Whether the quotes belong to the epoch that was known; from now on this one is.

        Raises:
            Holding: the quotes that were there are gone and have not been written again.
        """
        epoch = b"" if isinstance(reply, ResponseError) else reply
        if epoch is not None or self._epoch is None:
            self._gone_since = None
            was, self._epoch = self._epoch, epoch
            return was == epoch
        now = time.monotonic()
        if self._gone_since is None:
            self._gone_since = now
        if now - self._gone_since < self._rebuild_wait_s:
            raise Holding("Redis has lost its quotes and the ingestor has not written them again")
        logger.error("no quotes came back in %.0f s: orders are checked without", self._rebuild_wait_s)
        self._epoch, self._gone_since = None, None
        return True
