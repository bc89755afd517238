"""One sender's connection: its framing, its place in its source, and what goes back to it."""

import contextlib
import logging
import socket
from typing import Final

from market_spread.framing import HEADER, MAX_PAYLOAD
from market_spread.hello import HELLO_TYPE, Ack, Error, ErrorCode
from shared.base.source import Source
from shared.wire.framing import Split, split

logger = logging.getLogger(__name__)

_KEEP_ALIVE: Final = (
    (socket.TCP_KEEPIDLE, 60),
    (socket.TCP_KEEPINTVL, 10),
    (socket.TCP_KEEPCNT, 3),
)
"""A sender that vanished without a word is noticed after 90 s."""


class Connection:
    """A connection that a feed accepted.

    Args:
        sock: connected; is made non-blocking.
        peer: the sender's address, `host:port`.
        number: of the connection among all of its feed.
    """

    def __init__(self, sock: socket.socket, peer: str, number: int = 0) -> None:
        self.sock = sock
        self.peer = peer
        self.number = number
        self.frames = 0
        """Frames received, HELLO not counted."""
        self.refused = 0
        """Frames of these that were refused."""
        self.first_type = 0
        """The type byte of its first frame, if that was refused."""
        self.source: Source | None = None
        """What a resumable sender sends, with the position up to which it has taken effect."""
        self.error: Error | None = None
        """Why the service closes the connection, if it is not that the sender closed its side."""
        self.is_dismissed = False
        """Whether the service has closed its side."""
        self.is_distrusted = False
        """Whether much of what it sent last was refused."""
        self._is_fresh = True
        self._partial = b""
        self._offset = 0
        self._out = b""
        self._next_ack: Ack | None = None
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._is_tcp = sock.family in {socket.AF_INET, socket.AF_INET6}
        if self._is_tcp:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for option, value in _KEEP_ALIVE:
                sock.setsockopt(socket.IPPROTO_TCP, option, value)

    def read(self, buffer: bytearray, view: memoryview, start: int, end: int) -> tuple[Split, bool]:
        """Read what has arrived to `buffer[start:end]`, behind what was left of the last time.

        What follows the last whole frame is kept for the next time; the caller may write over it.

        Returns:
            the whole frames, and whether the connection has ended.
        """
        filled = start
        if self._partial:
            filled += len(self._partial)
            buffer[start:filled] = self._partial
        try:
            count = self.sock.recv_into(view[filled:end])
        except BlockingIOError:
            return Split([], 0, start, None), False
        except OSError as error:
            logger.info("%s: connection broke: %s", self.peer, error)
            count = 0
        found = split(buffer, start, filled + count)
        self._partial = bytes(view[found.end : filled + count])
        self._offset += found.end - start
        self.frames += found.frames
        if found.lost is not None:
            self._framing_lost(found.lost)
        elif not count and self._partial:
            logger.warning(
                "%s: connection ended inside frame %d: its %d bytes are dropped",
                self.peer, self.frames, len(self._partial),
            )  # fmt: skip
        return found, not count or found.lost is not None

    def take_hello(self, buffer: bytearray, found: Split) -> tuple[bytes | None, Split]:
        """Take a HELLO off the front of the connection's first frames.

        Returns:
            the name that it gives (None without HELLO), and the frames without it.
        """
        if not self._is_fresh or not found.runs:
            return None, found
        self._is_fresh = False
        offset, size, _ = found.runs[0]
        start, end = offset + HEADER.size, offset + HEADER.size + size
        if buffer[start] != HELLO_TYPE:
            return None, found
        self.frames -= 1
        return bytes(buffer[start + 1 : end]), split(buffer, end, found.end)._replace(lost=found.lost)

    def _framing_lost(self, size: int) -> None:
        text = f"byte {self._offset} announces a payload of {size} bytes, 1 to {MAX_PAYLOAD} are possible"
        self.error = Error(ErrorCode.FRAMING_LOST, text)
        logger.error("%s: framing lost, closing the connection: %s", self.peer, text)

    def acknowledge(self, count: int) -> bool:
        """Tell a resumable sender how far it has taken effect; only the newest ACK is kept waiting.

        Returns:
            whether everything was sent; if not, `flush` has to follow.
        """
        self._next_ack = Ack(count)
        return self.flush()

    def acknowledge_tcp(self) -> None:
        """Let TCP acknowledge at once what came, because no ACK of ours goes with it.

        A sender that sends frame by frame with Nagle's algorithm on waits for that, 40 ms otherwise.
        """
        if self._is_tcp:
            with contextlib.suppress(OSError):  # it is gone; the next read says so
                self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def flush(self) -> bool:
        """Send what is to be sent; whether nothing is left."""
        while self._out or self._next_ack is not None:
            if not self._out and self._next_ack is not None:
                self._out, self._next_ack = self._next_ack.encode(), None
            try:
                sent = self.sock.send(self._out)
            except BlockingIOError:
                return False
            except OSError:  # it is gone; the next read says so
                sent = len(self._out)
            self._out = self._out[sent:]
        return True

    def say_goodbye(self) -> None:
        """Send the last ACK, then why the connection is closed, if it is for a reason; nothing after that.

        A plain sender gets no control frames, but one that is not let in is told why whatever it is.
        """
        self.is_dismissed = True
        error = self.error
        is_told = error is not None and (self.source is not None or error.code is ErrorCode.REFUSED)
        if self.flush() and error is not None and is_told:
            self._out = error.encode()
            self.flush()
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
