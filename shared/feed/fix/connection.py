"""The socket of one counterparty: bytes in, and out as fast as the other side takes them."""

import contextlib
import logging
import socket
from typing import Final

from shared.feed.accepted_socket import prepare

logger = logging.getLogger(__name__)

MOST_UNSENT: Final = 1 << 20
"""Bytes that may wait for a peer that does not read: thousands of messages of the session layer."""


class FixConnection:
    """A connection that was accepted.

    Args:
        sock: connected; is made non-blocking.
        peer: the other side's address, `host:port`.
        number: of the connection among all of its listener.
    """

    def __init__(self, sock: socket.socket, peer: str, number: int) -> None:
        self.sock = sock
        self.peer = peer
        self.number = number
        self.is_leaving = False
        """Whether nothing that arrives is taken any more; it is closed once all is sent and the peer gone."""
        self._out = bytearray()
        self._is_shut = False
        prepare(sock)

    def read(self, most: int) -> bytes | None:
        """What has arrived, so many bytes at most; None if nothing has, empty if nothing more comes."""
        try:
            return self.sock.recv(most)
        except BlockingIOError:
            return None
        except OSError as error:
            logger.info("%s: connection broke: %s", self.peer, error)
            return b""

    def send(self, data: bytes) -> None:
        """Send bytes, or keep them until the peer takes them."""
        self._out += data

    @property
    def has_unsent(self) -> bool:
        """Whether something is to be sent."""
        return bool(self._out)

    @property
    def is_congested(self) -> bool:
        """Whether the peer leaves so much unread that it cannot be meant to."""
        return len(self._out) > MOST_UNSENT

    def flush(self) -> bool:
        """Send what is to be sent; whether nothing is left."""
        while self._out:
            try:
                sent = self.sock.send(self._out)
            except BlockingIOError:
                return False
            except OSError:  # it is gone; the next read says so
                sent = len(self._out)
            del self._out[:sent]
        if self.is_leaving and not self._is_shut:
            self._is_shut = True
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_WR)
        return True
