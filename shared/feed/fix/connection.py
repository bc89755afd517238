"""The socket of one counterparty: bytes in, and out as fast as the other side takes them."""

import contextlib
import logging
import socket
import ssl
from typing import Final

from shared.feed.accepted_socket import prepare
from shared.feed.fix.encrypted import HANDSHAKE, EncryptedSocket

logger = logging.getLogger(__name__)

MOST_UNSENT: Final = 1 << 20
"""Bytes that may wait for a peer that does not read: thousands of messages of the session layer."""


class FixConnection:
    """A connection.

    Args:
        sock: connected; is made non-blocking.
        peer: the other side's address, `host:port`.
        number: of the connection among all of its listener.
        context: for a peer that begins by TLS; None: none may.
    """

    def __init__(
        self, sock: socket.socket, peer: str, number: int, context: ssl.SSLContext | None = None
    ) -> None:
        prepare(sock)
        self.sock: socket.socket | EncryptedSocket = sock
        if isinstance(sock, ssl.SSLSocket):
            self.sock = EncryptedSocket(sock)
        self._context = context
        self.peer = peer
        self.number = number
        self.is_leaving = False
        """Whether nothing that arrives is taken any more; it is closed once all is sent and the peer gone."""
        self.is_flowing = False
        """Whether what arrived last was nothing but orders or quotes in a row: then more is read at once."""
        self._out = bytearray()
        self._is_shut = False

    @property
    def is_encrypted(self) -> bool:
        """Whether it is over TLS."""
        return isinstance(self.sock, EncryptedSocket)

    def read(self, most: int) -> bytes | None:
        """What has arrived, so many bytes at most; None if nothing has, empty if nothing more comes."""
        try:
            if self._context is not None:
                self._look_at_the_first_byte(self._context)
            return self.sock.recv(most)
        except BlockingIOError:
            return None
        except OSError as error:
            logger.info("%s: connection broke: %s", self.peer, error)
            return b""

    def _look_at_the_first_byte(self, context: ssl.SSLContext) -> None:
        """Find out whether the peer begins by TLS; sessions with and without it share a port."""
        if isinstance(self.sock, socket.socket) and self.sock.recv(1, socket.MSG_PEEK) == HANDSHAKE:
            wrapped = context.wrap_socket(self.sock, server_side=True, do_handshake_on_connect=False)
            self.sock = EncryptedSocket(wrapped)
        self._context = None

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
