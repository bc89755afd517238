"""A Redis stream of orders: reading it from a position, and what an entry has to look like."""

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Final, NamedTuple

from redis.exceptions import ResponseError

from market_spread.framing import DecodeError, clean_symbol, is_printable
from market_spread.order import BUY, ORDER_ID_WIDTH, SELL, Order
from services.orders.feed.batch import Placed
from shared.base.integers import parse_uint
from shared.commit.stream_position import StreamFacts, StreamPosition, id_of, unreadable
from shared.redis.link import RedisLink, RedisUnavailable, command
from shared.wire.framing import RejectedFrame
from shared.wire.symbol_table import SymbolTable

_AT_ONCE: Final = 10_000
_BLOCK_MS: Final = 500
_RETRY_S: Final = 0.25
_SIDES: Final = {b"buy": BUY, b"sell": SELL}
_LARGEST_ACCOUNT: Final = 2**32 - 1
_NUMBER: Final = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
"""What `float` takes besides (spaces, underscores, words) is not what others write as a number."""


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
    """An order out of an entry's fields.

    Raises:
        DecodeError: something is missing or impossible.
    """
    values = dict(zip(fields[::2], fields[1::2], strict=True))
    raw = b" ".join(fields)
    symbol = clean_symbol(values.get(b"symbol", b""))
    side = _SIDES.get(values.get(b"side", b""))
    order_id = values.get(b"order_id", b"")
    transact_time = values.get(b"transact_time", b"")
    if symbol is None:
        raise DecodeError("symbol", raw)
    if side is None:
        raise DecodeError("side", raw)
    if not 1 <= len(order_id) <= ORDER_ID_WIDTH or not is_printable(order_id):
        raise DecodeError("order_id", raw)
    if not transact_time or not is_printable(transact_time):
        raise DecodeError("transact_time", raw)
    account = parse_uint(values.get(b"account", b""))
    if account is None or account > _LARGEST_ACCOUNT:
        raise DecodeError("number", raw)
    quantity, price = _number(values, b"quantity", raw), _number(values, b"price", raw)
    return Order(side, account, order_id.strip(b" "), symbol, quantity, price, transact_time)


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
            rejects.append(RejectedFrame(place, error.reason, error.raw))
        else:
            orders.append(Placed(place, symbols.number(order.symbol), order))
    return orders, rejects


def _number(values: Mapping[bytes, bytes], field: bytes, raw: bytes) -> float:
    text = values.get(field, b"")
    if _NUMBER.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    raise DecodeError("number", raw)


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
