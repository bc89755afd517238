"""A Redis stream of orders: reading it from a position, and what an entry has to look like."""

import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Final, NamedTuple

from redis.exceptions import ResponseError

from market_spread.framing import DecodeError
from market_spread.order import Order
from services.orders.feed.batch import Placed
from shared.commit.stream_position import StreamFacts, StreamPosition, id_of, unreadable
from shared.redis.link import RedisLink, RedisUnavailable, command
from shared.wire.framing import RejectedFrame
from shared.wire.symbol_table import SymbolTable

_AT_ONCE: Final = 10_000
_BLOCK_MS: Final = 500
_RETRY_S: Final = 0.25


class Entries(NamedTuple):
    """What follows a position."""

    after: StreamPosition
    entries: list[tuple[bytes, list[bytes]]]
    """IDs with field, value, field, value …"""
    before: int
    """How many entries had ever been added before the first of these."""
    trimmed: int
    """Entries behind the position that are gone unread."""
    waiting: int
    """Entries behind the position, those read here included."""
    is_behind: bool = False
    """Whether the stream ends before the position, so that none of its entries follow."""

    def position_after(self, entries: int) -> str:
        """Where the stream stands when so many of the entries have taken effect."""
        entry_id = self.entries[entries - 1][0] if entries else self.after.entry_id
        return str(StreamPosition(entry_id, self.before + entries))


def decode_entry(fields: Sequence[bytes]) -> Order:
    """An order out of an entry's fields; those that it does not have count as empty.

    Raises:
        DecodeError: a field is impossible, or there is no symbol or no side.
    """
    value = dict(zip(fields[::2], fields[1::2], strict=True)).get
    return Order.parse(
        side=value(b"side", b""),
        symbol=value(b"symbol", b""),
        order_id=value(b"order_id", b""),
        account=value(b"account", b""),
        quantity=value(b"quantity", b""),
        price=value(b"price", b""),
        transact_time=value(b"transact_time", b""),
    )


def decode_entries(batch: Entries, symbols: SymbolTable) -> tuple[list[Placed], list[RejectedFrame]]:
    """The orders of entries, each with its place among them, and the entries that hold none.

    Args:
        batch: the entries.
        symbols: numbers symbols.
    """
    orders, rejects = [], []
    for place, (_, fields) in enumerate(batch.entries):
        try:
            order = decode_entry(fields)
        except DecodeError as error:
            rejects.append(RejectedFrame(place, error.reason, b" ".join(fields)))
        else:
            orders.append(Placed(place, symbols.number_of(order.symbol), order))
    return orders, rejects


def read_entries(link: RedisLink, stream: str, after: StreamPosition, most: int = _AT_ONCE) -> Entries:
    """What follows a position now, without waiting.

    Raises:
        RedisUnavailable: no answer.
        Unusable: it is no stream.
    """
    commands = [
        command(stream, "XINFO", "STREAM", stream),
        command(stream, "XREAD", "COUNT", most, "STREAMS", stream, after.entry_id),
    ]
    info, found = link.roundtrip(commands)
    if isinstance(found, ResponseError):
        raise unreadable(stream, found)
    facts = StreamFacts.parse(stream, info)
    if facts.is_behind(after):
        return Entries(after, [], after.ordinal, 0, facts.length, is_behind=True)
    entries = found[0][1] if found else []
    checked = after.ordinal if after.ordinal <= facts.added else 0  # else it was deleted and begun anew
    before = _added_before(entries, facts, at_end=len(entries) < most)
    if before is None:
        before = max(facts.removed, checked)
    return Entries(after, entries, before, max(before - checked, 0), max(facts.added - before, 0))


def _added_before(
    entries: Sequence[tuple[bytes, list[bytes]]], facts: StreamFacts, *, at_end: bool
) -> int | None:
    """How many entries had ever been added before these; None if they do not go up to what the facts know.

    The facts are a little older than the entries: what has been added in between, they do not count.
    """
    last = id_of(facts.last_id)
    known = len(entries)
    while known and id_of(entries[known - 1][0]) > last:
        known -= 1
    if at_end or known < len(entries) or id_of(entries[-1][0]) == last:
        return facts.added - known
    return None


class StreamWaiter(Thread):
    """Waits in a thread of its own until something follows a position, and then wakes the service.

    Args:
        link: of its own.
        stream: what it reads.
        wake: called when something is there.
    """

    def __init__(self, link: RedisLink, stream: str, wake: Callable[[], None]) -> None:
        super().__init__(name=f"stream-{stream}", daemon=True)
        self._link = link
        self._stream = stream
        self._wake = wake
        self._asked: SimpleQueue[bytes] = SimpleQueue()

    def ask(self, after: bytes) -> None:
        """Wake the service when something follows this entry ID."""
        self._asked.put(after)

    def run(self) -> None:
        """Wait for what was asked for, again and again."""
        while True:
            after = self._asked.get()
            while not self._has_entries(after):
                while not self._asked.empty():  # Redis has lost what came before: wait for less
                    after = self._asked.get()
            self._wake()

    def _has_entries(self, after: bytes) -> bool:
        """Whether something follows, waiting a while for it."""
        words = ("COUNT", 1, "BLOCK", _BLOCK_MS, "STREAMS", self._stream, after)
        try:
            (found,) = self._link.roundtrip([command(self._stream, "XREAD", *words)])
        except RedisUnavailable as error:
            found = error
        if isinstance(found, Exception):  # the service finds out by itself, and says so
            time.sleep(_RETRY_S)
        return isinstance(found, list)
