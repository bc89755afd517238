"""Senders that a file and one connection are not enough for: many connections, or batches of one size."""

import selectors
import socket
import time
from collections.abc import Callable
from typing import Final

from benchmarks.stage import Span
from market_spread.hello import Ack, hello
from shared.base.address import Address

_ACK_BYTES: Final = len(Ack(0).encode())
_COUNT_BYTES: Final = 8
_AT_ONCE: Final = 1 << 18


class Line:
    """A resumable sender's connection.

    Args:
        to: where the feed is.
        source: the name to send under.
    """

    def __init__(self, to: Address, source: str) -> None:
        self.sock = socket.create_connection(to)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._inbox = b""
        self.acknowledged = 0
        """How many frames have taken effect."""
        self.outgoing = memoryview(b"")
        """What is still to be sent."""
        self.sock.sendall(hello(source))
        self.hear()

    def hear(self) -> None:
        """Take the answers that are there; waits for one if the socket blocks.

        Raises:
            ConnectionError: the feed has closed.
        """
        answers = self.sock.recv(1 << 16)
        if not answers:
            raise ConnectionError("the feed closed the connection")
        self._inbox += answers
        whole = len(self._inbox) - len(self._inbox) % _ACK_BYTES
        if whole:
            self.acknowledged = int.from_bytes(self._inbox[whole - _COUNT_BYTES : whole])
            self._inbox = self._inbox[whole:]


def send_over_many(
    to: Address, frames: bytes, size: int, when_connected: Callable[[], None], connections: int
) -> Span:
    """Send frames over so many connections at once, an equal part over each, as fast as they are taken.

    Args:
        to: where the feed is.
        frames: all of one size.
        size: of a frame, bytes.
        when_connected: called before the first one is sent.
        connections: how many.
    """
    each = len(frames) // size // connections
    lines = [Line(to, f"crowd-{connections}-{number}") for number in range(connections)]
    with selectors.DefaultSelector() as selector:
        for number, line in enumerate(lines):
            line.sock.setblocking(False)
            line.outgoing = memoryview(frames)[number * each * size : (number + 1) * each * size]
            selector.register(line.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, line)
        when_connected()
        began, left = time.monotonic(), connections
        while left:
            for key, events in selector.select():
                line = key.data
                if events & selectors.EVENT_WRITE:
                    line.outgoing = line.outgoing[line.sock.send(line.outgoing[:_AT_ONCE]) :]
                    if not line.outgoing:
                        selector.modify(line.sock, selectors.EVENT_READ, line)
                if events & selectors.EVENT_READ:
                    line.hear()
                    left -= line.acknowledged == each
        ended = time.monotonic()
    for line in lines:
        line.sock.close()
    return Span(began, ended)


def send_in_batches(
    to: Address, frames: bytes, size: int, when_connected: Callable[[], None], batch: int
) -> Span:
    """Send so many frames, wait until they have taken effect, send the next.

    Args:
        to: where the feed is.
        frames: all of one size.
        size: of a frame, bytes.
        when_connected: called before the first one is sent.
        batch: how many frames at once.
    """
    line, total = Line(to, f"batches-{batch}"), len(frames) // size
    when_connected()
    began = time.monotonic()
    for first in range(0, total, batch):
        line.sock.sendall(frames[first * size : (first + batch) * size])
        while line.acknowledged < min(first + batch, total):
            line.hear()
    ended = time.monotonic()
    line.sock.close()
    return Span(began, ended)
