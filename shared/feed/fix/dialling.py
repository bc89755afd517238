"""Connects to a counterparty, in a thread of its own: a name may take long to be found, a host to answer."""

import socket
from collections.abc import Callable
from threading import Thread

from shared.base.address import Address

CONNECT_S = 10.0


class Dialling(Thread):
    """One attempt.

    Args:
        address: of the counterparty.
        done: called in this thread with the connected socket, or with why there is none.
    """

    def __init__(self, address: Address, done: Callable[[socket.socket | OSError], None]) -> None:
        super().__init__(name=f"dial-{address}", daemon=True)
        self._address = address
        self._done = done

    def run(self) -> None:
        """Connect."""
        try:
            found: socket.socket | OSError = socket.create_connection(self._address, timeout=CONNECT_S)
        except OSError as error:
            found = error
        self._done(found)
