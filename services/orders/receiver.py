"""A connection to whoever receives, that knows how much of what was sent has been acknowledged.

What `send` accepts is only in a buffer of ours: 4 MB of it, when tried, never reached a receiver that was
killed. So the kernel is asked how many bytes the receiver's TCP has not acknowledged yet (`SIOCOUTQ`).
"""

import fcntl
import selectors
import socket
import struct
import termios
from typing import Final

from shared.address import Address

_CONNECT_S: Final = 2.0
_SEND_BUFFER_BYTES: Final = 1 << 16
_DROPPED_AT_ONCE: Final = 1 << 16
_SIOCOUTQ: Final = termios.TIOCOUTQ
_INT = struct.Struct("i")


class Receiver:
    """Connected once made.

    Args:
        address: where it listens.

    Raises:
        OSError: it cannot be reached.
    """

    def __init__(self, address: Address) -> None:
        self._sock = socket.create_connection(address, timeout=_CONNECT_S)
        if self._sock.getsockname() == self._sock.getpeername():  # TCP may connect a free port to itself
            self._sock.close()
            raise ConnectionRefusedError("nobody listens there")
        self._sock.setblocking(False)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._sock, selectors.EVENT_READ)
        self._unsent = memoryview(b"")
        self._sent = 0

    @property
    def offered(self) -> int:
        """How many bytes have been given to it, sent or not."""
        return self._sent + len(self._unsent)

    @property
    def is_busy(self) -> bool:
        """Whether it has not taken all that it was given."""
        return bool(self._unsent)

    def offer(self, frames: bytes) -> None:
        """Give it frames to send; only when it is not busy, so that no more than these wait in memory."""
        self._unsent = memoryview(frames)

    def turn(self, timeout_s: float) -> None:
        """Wait until something can be sent, and send it; what the other side sends is dropped.

        Raises:
            OSError: the connection is over.
        """
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0)
        if self._selector.get_key(self._sock).events != wanted:
            self._selector.modify(self._sock, wanted)
        for _, events in self._selector.select(timeout_s):
            if events & selectors.EVENT_READ and not self._sock.recv(_DROPPED_AT_ONCE):
                raise ConnectionResetError("it closed the connection")
            if events & selectors.EVENT_WRITE:
                sent = self._sock.send(self._unsent)
                self._sent += sent
                self._unsent = self._unsent[sent:]

    def acknowledged(self) -> int:
        """How many bytes its TCP has acknowledged.

        Raises:
            OSError: the system does not tell.
        """
        (waiting,) = _INT.unpack(fcntl.ioctl(self._sock, _SIOCOUTQ, bytes(_INT.size)))
        return self._sent - int(waiting)

    def close(self) -> None:
        """Close the connection."""
        self._selector.close()
        self._sock.close()
