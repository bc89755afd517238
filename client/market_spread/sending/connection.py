"""One connection to a feed: frames out as fast as they are taken, answers in meanwhile."""

import selectors
import socket
from types import TracebackType
from typing import Final, Self

from market_spread.address import Address
from market_spread.framing import take_payloads
from market_spread.hello import Ack, Error, decode_answer
from market_spread.sending.waker import Waker

_CONNECT_S: Final = 5.0
_RECEIVED_AT_ONCE: Final = 1 << 16


class FeedConnection:
    """Connected once made; to be closed, or used in a `with`.

    Args:
        address: of the feed.
        waker: ends the waiting when there is something new to be sent.

    Raises:
        OSError: the feed cannot be reached.
    """

    def __init__(self, address: Address, waker: Waker | None = None) -> None:
        self._sock = socket.create_connection(address, timeout=_CONNECT_S)
        self._sock.setblocking(False)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._selector = selectors.DefaultSelector()
        self._wanted = selectors.EVENT_READ
        self._selector.register(self._sock, self._wanted)
        self._waker = waker
        if waker is not None:
            self._selector.register(waker, selectors.EVENT_READ)
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
        for key, events in self._selector.select(timeout_s):
            if self._waker is not None and key.fileobj is self._waker:
                self._waker.clear()
            elif events & selectors.EVENT_READ:
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
        return [decode_answer(payload) for payload in take_payloads(self._inbox)]
