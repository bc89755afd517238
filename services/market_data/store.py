"""Quotes in Redis: the hash of each symbol, the set of all symbols, and the epoch.

Redis may lose quotes (it restarts empty or with old data, somebody flushes it). The book has them all, so
they are written again, and then a new epoch, which tells checkers that there are quotes again.
"""

import logging
import secrets
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from redis.exceptions import ResponseError

from services.market_data.book import Book, Entry
from services.market_data.quote_commands import QuoteCommands
from shared import keys
from shared.allowance import Allowance
from shared.natural import natural
from shared.redis_link import Command, Link, RedisAway, Reply, command
from shared.redis_slots import CLUSTER_SLOTS
from shared.wire import clean_symbol

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 5000
"""Symbols that are read or written in one round trip: some 2 MB."""

_GET_EPOCH: Final = command(keys.EPOCH, "GET", keys.EPOCH)

Item = TypeVar("Item")


class QuoteStore:
    """Keeps Redis at what the book has.

    All methods raise `RedisAway` if Redis does not take what they send, and can then be called again.

    Args:
        link: to Redis.
        book: the quotes.
        is_cluster: whether other servers can take over while this one still is connected to some.
    """

    def __init__(self, link: Link, book: Book, *, is_cluster: bool = False) -> None:
        self._link = link
        self._book = book
        self._commands = QuoteCommands(book.name)
        self._is_cluster = is_cluster
        self._primaries: Reply = None
        self._epoch: str | None = None
        self._next_epoch = ""
        self._listed: set[int] = set()
        self._may_have_lost = False
        self._has_lost = False
        self._complaints = Allowance(burst=5, per_second=1)

    def load(self) -> None:
        """Take over the quotes that Redis has from an earlier run, and make sure that there is an epoch."""
        token = secrets.token_hex(8)  # first: what is lost from here on takes the epoch along
        self._link.roundtrip([command(keys.EPOCH, "SET", keys.EPOCH, token, "NX")])
        self._epoch = self._read_epoch()
        (reply,) = self._link.roundtrip([command(keys.SYMBOLS, "SMEMBERS", keys.SYMBOLS)])
        if isinstance(reply, ResponseError):
            self._complain("the set of symbols", reply)
            reply = []
        names = sorted(name for name in reply if clean_symbol(name) == name)  # others may write there too
        for some in _chunks(names):
            hashes = [keys.symbol(name.decode()) for name in some]
            replies = self._link.roundtrip([command(key, "HMGET", key, *keys.QUOTE_FIELDS) for key in hashes])
            for name, reply in zip(some, replies, strict=True):
                entry = _entry(reply)
                if entry is not None:
                    self._book.remember(name, entry)

    def sync(self) -> None:
        """Write what is unwritten, and everything else that Redis has lost."""
        try:
            while not self._is_in_sync():
                self._look_for_losses()
        except RedisAway:
            self._may_have_lost = True
            raise

    def look_around(self) -> None:
        """Notice that a replica has taken over: it may not have what its primary had.

        Where quotes come all the time, the broken connection says so; where none come, nothing else does.
        """
        if not self._is_cluster:
            return
        try:
            (reply,) = self._link.roundtrip([CLUSTER_SLOTS])
        except RedisAway:
            self._may_have_lost = True
            raise
        primaries = [(first, last, primary[:2]) for first, last, primary, *_ in reply]
        self._may_have_lost |= self._primaries is not None and self._primaries != primaries
        self._primaries = primaries

    def _is_in_sync(self) -> bool:
        """Write what is unwritten; whether Redis still is what it was."""
        if self._may_have_lost:
            return False
        epoch = self._write()
        if self._has_lost:
            return self._begin_epoch()
        self._may_have_lost = epoch != self._epoch
        return not self._may_have_lost

    def _look_for_losses(self) -> None:
        """Mark all that Redis does not have, or only an older quote of."""
        lost, self._next_epoch = 0, secrets.token_hex(8)
        self._link.roundtrip([command(keys.EPOCH, "SET", keys.NEXT_EPOCH, self._next_epoch)])
        self._listed.clear()
        for some in _chunks(self._book.entries()):
            hashes = [keys.symbol(name) for name, _, _ in some]
            commands = [command(key, "HGET", key, "updated_at") for key in hashes]
            replies = self._link.roundtrip([*commands, *self._listing(number for _, number, _ in some)])
            self._check_listing(replies[len(some) :])
            for (_, number, entry), stored in zip(some, replies, strict=False):
                if _is_older(stored, entry) and number not in self._book.unwritten:
                    self._book.unwritten[number] = entry
                    self._has_lost = True
                    lost += 1
        self._epoch = self._read_epoch()
        self._has_lost |= self._epoch is None
        self._may_have_lost = False
        if not self._has_lost:
            self._link.roundtrip([command(keys.EPOCH, "DEL", keys.NEXT_EPOCH)])
        if lost:
            logger.error("Redis has lost %d quotes: writing them again", lost)

    def _begin_epoch(self) -> bool:
        """Make the next epoch the epoch, if Redis still has it: what loses quotes again loses that too.

        Returns:
            whether it had; if not, there is no epoch and all has to be looked at once more.
        """
        (reply,) = self._link.roundtrip([command(keys.EPOCH, "RENAME", keys.NEXT_EPOCH, keys.EPOCH)])
        if isinstance(reply, ResponseError):
            if "no such key" not in str(reply):
                raise RedisAway(f"the new epoch cannot be set: {reply}")
            logger.error("Redis has lost data again while it was written")
            self._may_have_lost = True
            return False
        self._epoch, self._has_lost = self._next_epoch, False
        logger.warning("all quotes are in Redis again; the new epoch is %s", self._epoch)
        return True

    def _write(self) -> str | None:
        """Write what is unwritten; the epoch that Redis had then."""
        unwritten = self._book.unwritten
        for some in list(_chunks(list(unwritten.items()))) or [[]]:
            listing = self._listing(number for number, _ in some)
            hashes = [self._commands.of(*item) for item in some]
            epoch, *replies = self._link.roundtrip([_GET_EPOCH, *hashes, *listing])
            for (number, _), reply in zip(some, replies, strict=False):
                if isinstance(reply, ResponseError):
                    self._complain(f"the quote of {self._book.name(number)}", reply)
                else:
                    del unwritten[number]
            self._check_listing(replies[len(some) :])
        return _text(epoch)

    def _listing(self, numbers: Iterable[int]) -> list[Command]:
        """Enter symbols that may not be in the set of all symbols."""
        new = [number for number in numbers if number not in self._listed]
        self._listed.update(new)
        names = [self._book.name(number) for number in new]
        return [command(keys.SYMBOLS, "SADD", keys.SYMBOLS, *names)] if names else []

    def _check_listing(self, replies: Sequence[Reply]) -> None:
        for reply in replies:
            if isinstance(reply, ResponseError):
                self._complain("the set of symbols", reply)
                self._listed.clear()

    def _complain(self, what: str, error: ResponseError) -> None:
        if self._complaints.take(1):
            logger.error("Redis refuses %s: %s", what, error)

    def _read_epoch(self) -> str | None:
        return _text(self._link.roundtrip([_GET_EPOCH])[0])


def _text(reply: Reply) -> str | None:
    return reply.decode() if isinstance(reply, bytes) else None


def _entry(reply: Reply) -> Entry | None:
    """What a hash of an earlier run says, if it says all of it."""
    try:
        bid, offer, _, reason, transact_time, updated_at = reply
        return Entry(float(bid), float(offer), reason.decode(), bytes(transact_time), int(updated_at))
    except (TypeError, ValueError, AttributeError):
        return None


def _is_older(stored: Reply, entry: Entry) -> bool:
    found = natural(stored) if isinstance(stored, bytes) else None
    return found is None or found < entry.updated_at


def _chunks(items: Sequence[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
