"""Quotes and statuses in Redis: a hash a symbol, the set of all symbols, and the epochs that vouch for both.

Redis may lose quotes: it restarts empty or with old data, a replica that lagged takes over, somebody flushes
it. The book has them all. So whenever an epoch (`shared.redis.epochs`) is not what this store has seen or
written, it compares the whole book with Redis, writes what is newer, and then begins new epochs, by which
checkers know that there is nothing more to wait for.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from redis.exceptions import ResponseError

from market_spread.fields import clean_name
from services.market_data.book import Book
from services.market_data.entry import FLAGS, QUOTE, STATUS, Entry
from services.market_data.store import recovery
from services.market_data.store.next_epochs import NextEpochs, vouches_for_its_data
from services.market_data.store.quote_commands import QuoteCommands
from services.market_data.store.symbol_hash import parse_entry
from shared.base.rate_limit import Allowance
from shared.market import keys
from shared.redis.link import (
    CannotProceed,
    Command,
    NodeEpoch,
    RedisLink,
    RedisUnavailable,
    Reply,
    command,
)

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 5000
"""Symbols that are read or written in one round trip: some 2 MB."""
_LOOKED_AT_A_TICK: Final = 50
_TICKS_A_ROUND: Final = 60
"""Each second so many symbols, or this part of all of them, are looked at, whatever the epochs say."""
_MOST_ROUNDS: Final = 5
"""Looks at everything before it waits: nodes of a cluster that contradict each other may name other servers
when asked for their epochs than those which then take the quotes, for as long as they do not agree."""

Item = TypeVar("Item")
Unwritten = tuple[int, Entry, int]
"""A symbol's number, what is known of it, and the parts of that which Redis has not got."""


class QuoteStore:
    """Keeps Redis at what the book has.

    All methods raise `RedisUnavailable` if Redis does not take what they send, and can then be called again.

    Args:
        link: to Redis.
        book: the quotes.
    """

    def __init__(self, link: RedisLink, book: Book) -> None:
        self._link = link
        self._book = book
        self._commands = QuoteCommands(book.name)
        self._next_epochs = NextEpochs(link)
        self._vouched: dict[str, NodeEpoch] = {}
        """By key, the epochs of data that has all that the book has; none while that is not known."""
        self._listed: set[int] = set()
        self._looked_at = 0
        self._complaints = Allowance(burst=5, per_second=1)

    def load(self) -> None:
        """Take over the quotes that Redis has from an earlier run."""
        (reply,) = self._link.roundtrip([command(keys.SYMBOLS, "SMEMBERS", keys.SYMBOLS)])
        if isinstance(reply, ResponseError):
            self._complain("the set of symbols", reply)
            reply = []
        self._load(sorted(name for name in reply if clean_name(name) == name))  # others may write there too

    def _load(self, names: Sequence[bytes], *, is_other: bool = False) -> None:
        for some in _chunks(names):
            hashes = [keys.symbol(name.decode()) for name in some]
            replies = self._link.roundtrip(
                [command(key, "HMGET", key, *keys.SYMBOL_FIELDS) for key in hashes]
            )
            for name, found in zip(some, replies, strict=True):
                if (entry := parse_entry(found)) is not None:
                    self._book.remember(name, entry, is_other=is_other)

    def sync(self, *, only_newer: bool = False) -> None:
        """Write what is unwritten, and everything else if Redis may have lost something.

        Args:
            only_newer: whether somebody else may have written something newer, which stays.

        Raises:
            CannotProceed: whenever all was compared, other servers took the quotes than had been asked.
        """
        try:
            for _ in range(_MOST_ROUNDS):
                if not self._vouched:
                    self._recover()
                if self._vouched and self._write(only_newer=only_newer):
                    return
                self._vouched.clear()
            raise CannotProceed("the nodes of the cluster contradict each other about who has which slots")
        except RedisUnavailable:  # what stays unwritten may be older than what others write meanwhile
            self._vouched.clear()
            raise

    def look_for_losses(self) -> None:
        """See whether all servers still have what was written to them, and write it again where not."""
        if not all(map(self._is_vouched, self._link.epochs())):
            self._vouched.clear()
        self.sync()

    def look_at_some(self, now_us: int) -> None:
        """Look at the next part of the symbols: single keys may get lost without a trace.

        What others have written since is taken over: the book of a standby would grow old, and be what is
        written where Redis loses its data.

        Args:
            now_us: microseconds since the Unix epoch.
        """
        count = max(_LOOKED_AT_A_TICK, len(self._book) // _TICKS_A_ROUND + 1)
        some = self._book.entries(self._looked_at, count)
        self._looked_at += count
        if not some:
            self._looked_at = 0
            return
        names = [name for name, _, _ in some]
        *replies, listed = self._link.roundtrip([*map(recovery.times_of, names), recovery.listed(names)])
        if isinstance(listed, ResponseError) or not all(listed):
            logger.error("symbols are missing in the set %r: entering all of them again", keys.SYMBOLS)
            self._list([number for _, number, _ in self._book.entries()])
        if self._mark_lost(some, replies):
            self._write_if_newer()
        looks = zip(some, replies, strict=True)
        self._load([name.encode() for (name, _, it), at in looks if recovery.is_newer(at, it, now_us)])

    def _write(self, *, only_newer: bool) -> bool:
        """Write what is unwritten; whether all servers that were written to still had what was there."""
        is_vouched = True
        pending = [*self._book.pending()]
        for some in [pending] if len(pending) <= _AT_ONCE else _chunks(pending):
            new = [number for number, _, _ in some if number not in self._listed]
            commands = self._newer(some) if only_newer else [self._commands.of(*each) for each in some]
            self._listed.update(new)
            commands += recovery.listing([self._book.name(number) for number in new]) if new else []
            replies, epochs = self._link.roundtrip_with_epochs(commands)
            self._note_written(some, replies)
            self._check_listing(replies[len(some) :])
            is_vouched &= all(map(self._is_vouched, epochs))
        return is_vouched

    def _is_vouched(self, epoch: NodeEpoch) -> bool:
        return self._vouched.get(epoch.key) == epoch

    def _recover(self) -> None:
        """Compare the book with Redis, write what is newer, and begin new epochs where that is due."""
        self._vouched.clear()
        epochs = self._link.epochs()
        token = self._next_epochs.lay_down(epochs)  # what is lost from here on takes this along
        self._list([number for _, number, _ in self._book.entries()])
        lost = 0
        for some in _chunks(self._book.entries()):
            replies = self._link.roundtrip([recovery.times_of(name) for name, _, _ in some])
            lost += self._mark_lost(some, replies)
        self._write_if_newer()
        if lost or not all(map(vouches_for_its_data, epochs)):
            epochs = self._next_epochs.begin(epochs, token)
            if epochs and lost:
                logger.warning("all quotes are in Redis again; the new epoch is %s", token)
            elif epochs:
                logger.info("no quotes are missing in Redis; epoch %s begins", token)
        else:
            self._next_epochs.drop(epochs)
        self._vouched = {epoch.key: epoch for epoch in epochs}

    def _mark_lost(self, some: Sequence[tuple[str, int, Entry]], replies: Sequence[Reply]) -> int:
        """Mark what Redis does not have, or only an older quote of; how many there are."""
        lost, unwritten = 0, self._book.unwritten
        for (_, number, entry), stored in zip(some, replies, strict=True):
            parts = recovery.lost_parts(stored, entry)
            if parts:
                lost += number not in unwritten
                unwritten[number] = unwritten.get(number, 0) | parts
        if lost:
            logger.error("Redis has lost %d quotes: writing them again", lost)
        return lost

    def _write_if_newer(self) -> None:
        """Write what is unwritten, except where somebody else has written something newer."""
        for some in list(_chunks(self._book.pending())):
            self._note_written(some, self._link.roundtrip(self._newer(some)))

    def _newer(self, some: Sequence[Unwritten]) -> list[Command]:
        return [
            recovery.write_flags(self._book.name(number), entry)
            if parts == FLAGS
            else recovery.write(self._book.name(number), entry, parts, only_if_newer=True)
            for number, entry, parts in some
        ]

    def _note_written(self, some: Sequence[Unwritten], replies: Sequence[Reply]) -> None:
        gone: list[Unwritten] = []
        changed: list[bytes] = []
        for (number, entry, parts), reply in zip(some, replies, strict=False):
            if isinstance(reply, ResponseError):
                self._complain(f"the quote of {self._book.name(number)}", reply)
                continue
            if parts == FLAGS and reply == recovery.REFUSED:
                self._book.settled(number, parts)
                changed.append(self._book.name(number).encode())
                continue
            if parts == QUOTE and self._book.unwritten.get(number) == QUOTE:  # nearly always
                del self._book.unwritten[number]
            else:
                self._book.written(number, entry, parts)
            if reply and parts != FLAGS and recovery.was_gone(entry, parts, reply):
                gone.append((number, entry, QUOTE | STATUS))
        if changed:
            self._load(changed, is_other=True)
        if gone:
            logger.error("the hashes of %d symbols were gone: writing all of them again", len(gone))
            self._link.roundtrip([self._commands.of(*each) for each in gone])

    def _list(self, numbers: Sequence[int]) -> None:
        """Enter all of these into the set of all symbols."""
        for some in _chunks(numbers):
            self._listed.update(some)
            names = [self._book.name(each) for each in some]
            self._check_listing(self._link.roundtrip(recovery.listing(names)))

    def _check_listing(self, replies: Sequence[Reply]) -> None:
        for reply in replies:
            if isinstance(reply, ResponseError):
                self._complain("the set of symbols", reply)
                self._listed.clear()

    def _complain(self, what: str, error: ResponseError) -> None:
        if self._complaints.take(1):
            logger.error("Redis refuses %s: %s", what, error)


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
