"""Orders and quotes by a schedule that is fixed ahead, and the subscriber that has the alerts.

An order's latency is counted from the moment at which it had to be sent, whenever it was, so that a sender
that is held up hides nothing (no coordinated omission).
"""

import gc
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final, NamedTuple

import hiredis
import numpy as np
from numpy.typing import NDArray

from benchmarks.feeds import order_frames, quote_frames, symbol_names
from market_spread.hello import hello
from shared.base.address import Address
from shared.market.keys import ALERTS
from shared.redis.link import command

_SYMBOLS: Final = 350
_TEMPLATES: Final = 500
_SPUN_NS: Final = 60_000
"""A sleep is late by about so much: the rest is spent spinning."""
_QUIET_MS: Final = 1000
_ACCOUNT: Final = 3
"""Where the account's value is among the words of an alert."""


class Schedule(NamedTuple):
    """When what is sent; quotes as orders, halfway between them."""

    start_ns: int
    """When the first orders go (monotonic clock)."""
    slices: int
    slice_ns: int
    """From one slice to the next."""
    orders_a_slice: int
    risky: float
    """Share of the symbols, and so of the orders, that is risky."""

    @property
    def end_ns(self) -> int:
        """When it is over (monotonic clock)."""
        return self.start_ns + self.slices * self.slice_ns

    @property
    def wide(self) -> int:
        """How many symbols are risky: those with the lowest numbers."""
        return round(_SYMBOLS * self.risky)

    def due_ns(self, orders: NDArray[np.int64]) -> NDArray[np.int64]:
        """When these orders have to be sent."""
        due: NDArray[np.int64] = self.start_ns + orders // self.orders_a_slice * self.slice_ns
        return due


class Sent(NamedTuple):
    """How sending went."""

    late_ns: NDArray[np.int64]
    """By how much each slice went late."""
    alerts: int
    """How many of the orders alert."""
    cpu_s: float


class Received(NamedTuple):
    """What the subscriber saw."""

    orders: NDArray[np.int64]
    """The alerts' orders, by number."""
    at_ns: NDArray[np.int64]
    """When each alert was there (monotonic clock)."""
    cpu_s: float


def generate(schedule: Schedule, quotes: Address, orders: Address, source: str | None) -> Sent:
    """Send by the schedule; the account of an order is its number.

    Args:
        schedule: what to send when.
        quotes: where quotes go.
        orders: where orders go.
        source: the name to send under; None without HELLO.
    """
    began_s, size = time.process_time(), schedule.orders_a_slice
    order_line, quote_line = _connect(orders, source), _connect(quotes, source)
    quote_line.sendall(_opening(schedule))
    templates = list(_templates(schedule))
    late_ns, alerts = [], 0
    gc.disable()
    for number in range(schedule.slices):
        ordered, quoted, alerting = templates[number % _TEMPLATES]
        ordered["account"] = np.arange(number * size, (number + 1) * size)
        alerts += alerting
        due_ns = schedule.start_ns + number * schedule.slice_ns
        late_ns.append(_send_at(due_ns, order_line, ordered.tobytes()))
        late_ns.append(_send_at(due_ns + schedule.slice_ns // 2, quote_line, quoted))
    for line in (order_line, quote_line):
        line.shutdown(socket.SHUT_WR)
        while line.recv(1 << 16):
            pass
    return Sent(np.array(late_ns), alerts, time.process_time() - began_s)


def _opening(schedule: Schedule) -> bytes:
    """A quote of each symbol."""
    every = np.arange(_SYMBOLS)
    is_wide = every < schedule.wide
    return quote_frames(
        symbol_names(_SYMBOLS), every, is_wide, np.random.Generator(np.random.PCG64(1))
    ).tobytes()


def _templates(schedule: Schedule) -> Iterator[tuple[NDArray[np.void], bytes, int]]:
    """Some slices of orders and of quotes, to be sent in turn, with how many of the orders alert."""
    random, names = np.random.Generator(np.random.PCG64(1)), symbol_names(_SYMBOLS)
    for _ in range(_TEMPLATES):
        ordered, quoted = random.integers(0, _SYMBOLS, (2, schedule.orders_a_slice))
        quotes = quote_frames(names, quoted, quoted < schedule.wide, random).tobytes()
        yield order_frames(names, ordered), quotes, int((ordered < schedule.wide).sum())


def _connect(to: Address, source: str | None) -> socket.socket:
    line = socket.create_connection(to)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if source is not None:
        line.sendall(hello(source))
        line.recv(1 << 16)
    return line


def _send_at(due_ns: int, line: socket.socket, data: bytes) -> int:
    """Send when it is due; by how much that was late."""
    wait_ns = due_ns - time.monotonic_ns() - _SPUN_NS
    if wait_ns > 0:
        time.sleep(wait_ns / 1e9)
    while (now_ns := time.monotonic_ns()) < due_ns:
        pass
    line.sendall(data)
    with suppress(BlockingIOError):
        line.recv(1 << 16, socket.MSG_DONTWAIT)  # what is acknowledged does not matter here
    return now_ns - due_ns


def subscribe(port: int, until_ns: int) -> Received:
    """Take alerts as they come, until nothing has come for a while after a moment.

    Args:
        port: of the server.
        until_ns: when the last orders are sent (monotonic clock).
    """
    began_s = time.process_time()
    line, reader = socket.create_connection(("127.0.0.1", port)), hiredis.Reader()
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    orders: list[int] = []
    at_ns: list[int] = []
    last = b"0-0"
    gc.disable()
    while True:
        line.sendall(command(ALERTS, "XREAD", "BLOCK", _QUIET_MS, "STREAMS", ALERTS, last).packed)
        while (reply := reader.gets()) is False:
            reader.feed(line.recv(1 << 20))
        now_ns = time.monotonic_ns()
        if reply is not None:
            entries: list[Any] = reply[0][1]
            last = entries[-1][0]
            orders += [int(words[_ACCOUNT]) for _, words in entries]
            at_ns += [now_ns] * len(entries)
        elif now_ns > until_ns:
            return Received(np.array(orders), np.array(at_ns), time.process_time() - began_s)
