"""A Redis stream of orders: reading it from a position, and what an entry has to look like."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Final, NamedTuple

from redis.exceptions import ResponseError

from services.orders.messages import BUY, ORDER_ID_WIDTH, SELL, Order
from shared.redis_link import Link, RedisAway, command
from shared.wire import DecodeError, clean_symbol, is_printable

_AT_ONCE: Final = 10_000
_BLOCK_MS: Final = 500
_RETRY_S: Final = 0.25
_SIDES: Final = {b"buy": BUY, b"sell": SELL}
_LARGEST_ACCOUNT: Final = 2**32 - 1


class StreamPosition(NamedTuple):
    """How far a stream has been read, as text `ID/ordinal`."""

    entry_id: bytes
    ordinal: int
    """How many entries had ever been added up to this one."""

    def __str__(self) -> str:
        return f"{self.entry_id.decode()}/{self.ordinal}"


START: Final = StreamPosition(b"0-0", 0)


def parse_position(text: str) -> StreamPosition:
    """Read a position.

    Raises:
        ValueError: it is none.
    """
    entry_id, slash, ordinal = text.partition("/")
    if not slash or not ordinal.isdecimal():
        raise ValueError(f"{text!r} is not a position of a stream")
    return StreamPosition(entry_id.encode(), int(ordinal))


class Entries(NamedTuple):
    """What follows a position."""

    after: StreamPosition
    entries: list[tuple[bytes, list[bytes]]]
    """IDs with field, value, field, value …"""
    trimmed: int
    """Entries behind the position that are gone unread."""
    waiting: int
    """Entries behind the position, those read here included."""

    def position_after(self, entries: int) -> str:
        """Where the stream stands when so many of the entries have taken effect."""
        entry_id = self.entries[entries - 1][0] if entries else self.after.entry_id
        return str(StreamPosition(entry_id, self.after.ordinal + self.trimmed + entries))


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
    account = values.get(b"account", b"")
    if not account.isdigit() or int(account) > _LARGEST_ACCOUNT:
        raise DecodeError("number", raw)
    quantity, price = _number(values, b"quantity", raw), _number(values, b"price", raw)
    return Order(side, int(account), order_id.strip(b" "), symbol, quantity, price, transact_time)


def _number(values: Mapping[bytes, bytes], field: bytes, raw: bytes) -> float:
    try:
        number = float(values[field])
    except (KeyError, ValueError):
        raise DecodeError("number", raw) from None
    if not math.isfinite(number):
        raise DecodeError("number", raw)
    return number


def read_entries(link: Link, stream: str, after: StreamPosition, most: int = _AT_ONCE) -> Entries:
    """What follows a position now, without waiting.

    Raises:
        RedisAway: no answer.
    """
    commands = [
        command(stream, "XINFO", "STREAM", stream),
        command(stream, "XREAD", "COUNT", most, "STREAMS", stream, after.entry_id),
    ]
    info, found = link.roundtrip(commands)
    if isinstance(found, ResponseError):
        raise RedisAway(f"the stream {stream} cannot be read: {found}")
    if isinstance(info, ResponseError):  # there is no such stream yet
        return Entries(after, [], 0, 0)
    entries = [(entry_id, fields or []) for entry_id, fields in found[0][1]] if found else []
    facts = dict(zip(info[::2], info[1::2], strict=True))
    removed = facts[b"entries-added"] - facts[b"length"]
    trimmed = max(removed - after.ordinal, 0)
    return Entries(after, entries, trimmed, max(facts[b"entries-added"] - after.ordinal - trimmed, 0))


class StreamWaiter(Thread):
    """Waits in a thread of its own until something follows a position, and then wakes the service.

    Args:
        link: of its own.
        stream: what it reads.
        wake: called when something is there.
    """

    def __init__(self, link: Link, stream: str, wake: Callable[[], None]) -> None:
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
                pass
            self._wake()

    def _has_entries(self, after: bytes) -> bool:
        """Whether something follows, waiting a while for it."""
        words = ("COUNT", 1, "BLOCK", _BLOCK_MS, "STREAMS", self._stream, after)
        try:
            (found,) = self._link.roundtrip([command(self._stream, "XREAD", *words)])
        except RedisAway:  # the service finds out by itself, and says so
            time.sleep(_RETRY_S)
            return False
        return isinstance(found, list)
