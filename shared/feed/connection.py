"""The socket of one sender: bytes in, and out as fast as the other side takes them."""

import contextlib
import logging
import socket
from typing import Final, Protocol

from shared.feed.session import FrameSession
from shared.wire.framing import Split

logger = logging.getLogger(__name__)

_KEEP_ALIVE: Final = (
    (socket.TCP_KEEPIDLE, 60),
    (socket.TCP_KEEPINTVL, 10),
    (socket.TCP_KEEPCNT, 3),
)
"""A sender that vanished without a word is noticed after 90 s."""


class Owner(Protocol):
    """Whoever watches the sockets."""

    def watch(self, connection: "Connection") -> None:
        """Send what waits for a connection, and go on when it takes more."""

    def leave(self, connection: "Connection") -> None:
        """Read no more of it, and close it when the other side has."""

    def close_connection(self, connection: "Connection") -> None:
        """Close it now."""


class Connection:
    """A connection that a feed accepted; see `shared.feed.session.Transport`.

    Args:
        sock: connected; is made non-blocking.
        peer: the sender's address, `host:port`.
        owner: watches it.
        number: of the connection among all of its feed.
    """

    def __init__(self, sock: socket.socket, peer: str, owner: Owner, number: int = 0) -> None:
        self.sock = sock
        self.session = FrameSession(peer, self, number)
        self._owner = owner
        self._partial = b""
        self._out = b""
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._is_tcp = sock.family in {socket.AF_INET, socket.AF_INET6}
        if self._is_tcp:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for option, value in _KEEP_ALIVE:
                sock.setsockopt(socket.IPPROTO_TCP, option, value)

    def read(
        self, buffer: bytearray, view: memoryview, start: int, end: int
    ) -> tuple[bytes | None, Split, bool]:
        """Read what has arrived to `buffer[start:end]`, behind what was left of the last time.

        What follows the last whole frame is kept for the next time; the caller may write over it.

        Returns:
            the name of a HELLO, the whole frames behind it, and whether the connection has ended.
        """
        filled = start
        if self._partial:
            filled += len(self._partial)
            buffer[start:filled] = self._partial
        try:
            count = self.sock.recv_into(view[filled:end])
        except BlockingIOError:
            return None, Split([], 0, start, None), False
        except OSError as error:
            logger.info("%s: connection broke: %s", self.session.peer, error)
            count = 0
        filled += count
        name, found = self.session.receive(buffer, start, filled, has_ended=not count)
        self._partial = bytes(view[found.end : filled])
        return name, found, not count or found.lost is not None

    def send(self) -> None:
        """See `Transport.send`."""
        if not self.flush():
            self._owner.watch(self)

    def acknowledge_tcp(self) -> None:
        """See `Transport.acknowledge_tcp`."""
        if self._is_tcp:
            try:  # noqa: SIM105 (for each batch: `suppress` is three calls more)
                self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            except OSError:  # it is gone; the next read says so
                pass

    def dismiss(self) -> None:
        """See `Transport.dismiss`."""
        self._say_goodbye()
        self._owner.leave(self)

    def finish(self) -> None:
        """See `Transport.finish`."""
        self._say_goodbye()
        self._owner.close_connection(self)

    def _say_goodbye(self) -> None:
        """Send what is left to say, and nothing after that."""
        self.flush()
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)

    def abandon(self) -> None:
        """See `Transport.abandon`."""
        self._owner.close_connection(self)

    def flush(self) -> bool:
        """Send what is to be sent; whether nothing is left."""
        while self._out or (words := self.session.next_words()):
            self._out = self._out or words
            try:
                sent = self.sock.send(self._out)
            except BlockingIOError:
                return False
            except OSError:  # it is gone; the next read says so
                sent = len(self._out)
            self._out = self._out[sent:]
        return True
