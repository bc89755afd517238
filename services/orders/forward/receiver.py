"""A connection to whoever receives, that knows how much of what was sent has been acknowledged.

What `send` accepts is only in a buffer of ours: 4 MB of it, when tried, never reached a receiver that was
killed. So the kernel is asked how many bytes the receiver's TCP has not acknowledged yet (`SIOCOUTQ`).

A receiver that closes its side says only that it will send nothing more: it may still read. TCP does not tell
before something is sent: for one that has closed its connection as a whole it answers with a reset. So it is
asked with the one byte that is known before there is a frame, the first one of the frame to come.
"""

import fcntl
import os
import select
import socket
import struct
import termios
from typing import Final

from shared.base.address import Address

_CONNECT_S: Final = 2.0
_SEND_BUFFER_BYTES: Final = 1 << 16
_DROPPED_AT_ONCE: Final = 1 << 16
_SIOCOUTQ: Final = termios.TIOCOUTQ
_INT = struct.Struct("i")
_FIRST_BYTE: Final = b"\0"
"""Of every frame: the highest byte of a length far below 2^24."""
_KEEP_ALIVE: Final = (
    (socket.TCP_KEEPIDLE, 10),
    (socket.TCP_KEEPINTVL, 10),
    (socket.TCP_KEEPCNT, 3),
)
"""With nothing to send, a receiver whose machine has gone is noticed after 40 s, and one that has closed its
connection after it had closed its side as soon as its system has forgotten that (Linux: 60 s)."""


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
        for option, value in ((socket.TCP_NODELAY, 1), *_KEEP_ALIVE):
            self._sock.setsockopt(socket.IPPROTO_TCP, option, value)
        self._poller = select.poll()
        self._unsent = memoryview(b"")
        self._sent = 0
        self._is_mute = False  # it has closed its side
        self._is_ahead = False  # it has the first byte of the frame to come

    @property
    def offered(self) -> int:
        """How many bytes of whole frames have been given to it, sent or not."""
        return self._sent + len(self._unsent) - self._is_ahead

    @property
    def is_busy(self) -> bool:
        """Whether it has not taken all that it was given."""
        return bool(self._unsent)

    def offer(self, frames: bytes) -> None:
        """Give it frames to send; only when it is not busy, so that no more than these wait in memory."""
        if frames:
            self._unsent = memoryview(frames)[self._is_ahead :]
            self._is_ahead = False

    def turn(self, timeout_s: float) -> None:
        """Wait until something can be sent, and send it; what the other side sends is dropped.

        Raises:
            OSError: the connection is over.
        """
        wanted = (0 if self._is_mute else select.POLLIN) | (select.POLLOUT if self._unsent else 0)
        self._poller.register(self._sock, wanted)  # the end of the connection is told in any case
        for _, events in self._poller.poll(timeout_s * 1000):
            if events & (select.POLLERR | select.POLLHUP):
                self._raise_its_error()
            if events & select.POLLIN and not self._sock.recv(_DROPPED_AT_ONCE):
                self._is_mute = True
                self._ask()
            if events & select.POLLOUT:
                sent = self._sock.send(self._unsent)
                self._sent += sent
                self._unsent = self._unsent[sent:]

    def _ask(self) -> None:
        """Find out whether it still reads; the answer, if it does not, is an error of the next turn.

        What is on its way to it asks as well.
        """
        if not self._unsent and self.acknowledged() == self._sent:
            self._sent += self._sock.send(_FIRST_BYTE)
            self._is_ahead = True

    def _raise_its_error(self) -> None:
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
        raise ConnectionResetError("it closed the connection")

    def acknowledged(self) -> int:
        """How many bytes its TCP has acknowledged.

        Raises:
            OSError: the system does not tell.
        """
        (waiting,) = _INT.unpack(fcntl.ioctl(self._sock, _SIOCOUTQ, bytes(_INT.size)))
        return self._sent - int(waiting)

    def close(self) -> None:
        """Close the connection."""
        self._sock.close()
