"""One connection to a feed: frames out as fast as they are taken, answers in meanwhile."""

import selectors
import socket
from types import TracebackType
from typing import Final, Self

from market_spread.framing import HEADER
from market_spread.hello import Ack, Error, decode_answer
from shared.base.address import Address
from shared.wire.framing import split

_CONNECT_S: Final = 5.0
_RECEIVED_AT_ONCE: Final = 1 << 16


class FeedConnection:
    """Connected once made; to be closed, or used in a `with`.

    Raises:
        OSError: the feed cannot be reached.
    """

    def __init__(self, address: Address) -> None:
        self._sock = socket.create_connection(address, timeout=_CONNECT_S)
        self._sock.setblocking(False)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._selector = selectors.DefaultSelector()
        self._wanted = selectors.EVENT_READ
        self._selector.register(self._sock, self._wanted)
        self._inbox = bytearray()
        self._failure: OSError | None = None
        self.outgoing = memoryview(b"")
        """What is still to be sent; the caller puts the next in when it is empty."""
        self.is_closed = False
        """Whether the feed has closed its side."""
        self.is_half_closed = False
        """Whether this side is closed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._selector.close()
        self._sock.close()

    def half_close(self) -> None:
        """Say that nothing more will be sent.

        Raises:
            OSError: the connection is broken.
        """
        self._sock.shutdown(socket.SHUT_WR)
        self.is_half_closed = True

    def turn(self, timeout_s: float) -> list[Ack | Error]:
        """Send what goes, take what has arrived; if neither is possible, wait until one is.

        Returns:
            what the feed has answered.

        Raises:
            OSError: the connection is broken, and all answers have been returned.
            ValueError: what arrived is no answer of a feed.
        """
        if self._failure is not None:
            raise self._failure
        if self.outgoing:
            self._send()
            timeout_s = timeout_s if self.outgoing else 0.0
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.outgoing else 0)
        if self._wanted != wanted:
            self._selector.modify(self._sock, wanted)
            self._wanted = wanted
        for _, events in self._selector.select(timeout_s):
            if events & selectors.EVENT_READ:
                self._receive()
        return self._answers()

    def _send(self) -> None:
        try:
            sent = self._sock.send(self.outgoing)
        except BlockingIOError:
            return
        except OSError as error:  # raised at the next turn: what arrived before may say why
            self._failure = error
            return
        self.outgoing = self.outgoing[sent:]

    def _receive(self) -> None:
        try:
            received = self._sock.recv(_RECEIVED_AT_ONCE)
        except BlockingIOError:
            return
        except OSError as error:
            self._failure = error
            return
        self._inbox += received
        self.is_closed = not received

    def _answers(self) -> list[Ack | Error]:
        found = split(self._inbox, 0, len(self._inbox))
        if found.lost is not None:
            raise ValueError(f"an answer of {found.lost} bytes")
        payloads = [
            bytes(self._inbox[at + HEADER.size : at + HEADER.size + run.size])
            for run in found.runs
            for at in range(run.offset, run.end, HEADER.size + run.size)
        ]
        del self._inbox[: found.end]
        return [decode_answer(payload) for payload in payloads]
