"""A desk on a real connection: its Logon, its orders, and whatever the other side makes it say."""

import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tests.support.fix_desk import Desk
from tests.support.processes import TIMEOUT_S

_MESSAGE: Final = re.compile(rb"8=FIX.*?\x0110=\d{3}\x01", re.DOTALL)


def sent_now() -> str:
    """SendingTime (52): the acceptor compares it with the clock."""
    return time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())


class DeskConnection:
    """Speaks for a desk; nothing happens but within its methods.

    Args:
        desk: its memory outlives the connection.
        address: of the acceptor; or a socket that is connected.
    """

    def __init__(self, desk: Desk, address: tuple[str, int] | socket.socket) -> None:
        self.desk = desk
        self.heard: list[str] = []
        """All messages of the other side, with `|` between the fields."""
        self.is_closed = False
        self._buffer = b""
        if isinstance(address, socket.socket):
            self._sock = address
        else:
            self._sock = socket.create_connection(address, timeout=TIMEOUT_S)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_on(self, fields: str = "") -> None:
        """Send a Logon and wait until it is answered."""
        self.say(self.desk.connect(fields))
        self.hear_until(lambda: self.desk.is_up, "the Logon is answered")

    def say(self, data: bytes) -> None:
        """Send bytes; those to a connection that is gone are lost."""
        try:
            self._sock.sendall(data)
        except OSError:
            self.is_closed = True

    def send_orders(self, *names: str) -> None:
        """Send orders."""
        self.say(b"".join([self.desk.send_order(name) for name in names]))

    def log_out(self) -> None:
        """Send a Logout and wait until it is answered: then all that was sent has taken effect."""
        self.say(self.desk.log_out())
        self.hear_until(lambda: self.desk.is_over, "the Logout is answered")

    def hear(self, timeout_s: float = 0.0) -> None:
        """Take what has arrived, waiting so long for it, and answer it."""
        self._sock.settimeout(timeout_s)
        try:
            data = self._sock.recv(1 << 16)
        except (BlockingIOError, TimeoutError):
            return
        except OSError:
            data = b""
        finally:
            with suppress(OSError):
                self._sock.settimeout(TIMEOUT_S)
        self.is_closed |= not data
        self._buffer += data
        end = 0
        for found in _MESSAGE.finditer(self._buffer):
            end = found.end()
            self.heard.append(found.group().decode("latin-1").replace("\x01", "|"))
            self.say(self.desk.hear(found.group()))
        self._buffer = self._buffer[end:]

    def hear_until(self, condition: Callable[[], object], what: str, timeout_s: float = TIMEOUT_S) -> None:
        """Take what arrives until something is so; fail if it is not.

        Raises:
            ConnectionError: the connection has ended before.
        """
        deadline = time.monotonic() + timeout_s
        while not condition():
            if self.is_closed:
                raise ConnectionError(f"closed, and not so: {what}; heard: {self.heard[-5:]}")
            if time.monotonic() > deadline:
                raise AssertionError(f"not so: {what}; heard: {self.heard[-5:]}")
            self.hear(0.05)

    def close(self) -> None:
        """End the connection without a word."""
        self._sock.close()
