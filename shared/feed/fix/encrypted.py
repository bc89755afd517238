"""A socket of TLS that does not block, under the names of an ordinary one."""

import contextlib
import ssl

HANDSHAKE = b"\x16"
"""The first byte of a connection over TLS."""


class EncryptedSocket:
    """Shakes hands when it is first read; raises `BlockingIOError` where an ordinary socket would.

    Args:
        sock: non-blocking.
    """

    def __init__(self, sock: ssl.SSLSocket) -> None:
        self._sock = sock
        self._has_shaken_hands = False

    def fileno(self) -> int:
        """See `socket.socket`."""
        return self._sock.fileno()

    def recv(self, most: int) -> bytes:
        """See `socket.socket`; perhaps more than `most`, for nobody is woken by what is decrypted already."""
        try:
            if not self._has_shaken_hands:
                self._sock.do_handshake()
                self._has_shaken_hands = True
            data = self._sock.recv(most)
            rest = self._sock.pending()
            return data + self._sock.recv(rest) if rest else data
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError from None

    def send(self, data: bytes | bytearray) -> int:
        """See `socket.socket`."""
        try:
            return self._sock.send(data)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError from None

    def shutdown(self, how: int) -> None:
        """See `socket.socket`; the peer is told that nothing is missing."""
        with contextlib.suppress(OSError, ValueError):
            self._sock.unwrap()
        self._sock.shutdown(how)

    def close(self) -> None:
        """See `socket.socket`."""
        self._sock.close()
