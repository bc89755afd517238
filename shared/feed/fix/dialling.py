"""Connects to a counterparty, in a thread of its own: a name may take long to be found, a host to answer."""

import socket
import ssl
from collections.abc import Callable
from threading import Thread

from shared.base.address import Address

CONNECT_S = 10.0


class Dialling(Thread):
    """One attempt.

    Args:
        address: of the counterparty.
        context: for TLS; None: without.
        done: called in this thread with the connected socket, or with why there is none.
    """

    def __init__(
        self,
        address: Address,
        context: ssl.SSLContext | None,
        done: Callable[[socket.socket | OSError], None],
    ) -> None:
        super().__init__(name=f"dial-{address}", daemon=True)
        self._address = address
        self._context = context
        self._done = done

    def run(self) -> None:
        """Connect."""
        try:
            found: socket.socket | OSError = self._connect()
        except OSError as error:
            found = error
        self._done(found)

    def _connect(self) -> socket.socket:
        sock = socket.create_connection(self._address, timeout=CONNECT_S)
        if self._context is None:
            return sock
        try:
            return self._context.wrap_socket(sock, server_hostname=self._address.host)
        except OSError:
            sock.close()
            raise
