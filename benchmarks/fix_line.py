"""The other end of a FIX session, as lean as it can be: it logs on, sends what it is given, and logs out."""

import socket
import time
from collections.abc import Iterator
from threading import Thread
from typing import Final

from benchmarks.stage import Span
from shared.base.address import Address
from shared.wire.fix.message import Pair, encode
from shared.wire.fix.timestamp import format_timestamp

BEGIN: Final = b"FIX.4.4"
OURS: Final = b"BENCH"
THEIRS: Final = b"SPREAD"
FIRST: Final = 2
"""MsgSeqNum (34) of the first message behind the Logon."""

_HEARTBEAT_S: Final = 600
_AT_ONCE: Final = 1 << 18


def session_file(name: str, carries: str) -> str:
    """The session of such a line, for `--fix`."""
    return f"""[[session]]
name = "{name}"
role = "acceptor"
begin = "{BEGIN.decode()}"
ours = "{THEIRS.decode()}"
theirs = "{OURS.decode()}"
carries = "{carries}"
"""


def message(kind: bytes, number: int, body: list[Pair]) -> bytes:
    """A message that is sent now."""
    sent = format_timestamp(time.time_ns() // 1000)
    header = ((b"35", kind), (b"34", b"%d" % number), (b"49", OURS), (b"52", sent), (b"56", THEIRS))
    return encode(BEGIN, (*header, *body))


class FixLine:
    """A connection on which a session is up.

    Args:
        to: where the service listens for FIX.

    Raises:
        ConnectionError: the Logon was not answered.
    """

    def __init__(self, to: Address) -> None:
        self.sock = socket.create_connection(to)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        logon: list[Pair] = [(b"98", b"0"), (b"108", b"%d" % _HEARTBEAT_S)]
        self.sock.sendall(message(b"A", 1, logon))
        if b"\x0135=A\x01" not in self.sock.recv(1 << 16):
            raise ConnectionError("the Logon was not answered")

    def log_out(self, number: int) -> None:
        """End the session; the answer says that all that was sent has taken effect.

        Raises:
            ConnectionError: the service did not say so.
        """
        self.sock.sendall(message(b"5", number, []))
        said = b""
        while data := self.sock.recv(1 << 16):
            said += data
        if not said.rpartition(b"8=FIX")[2].count(b"\x0135=5\x01"):
            raise ConnectionError(f"the Logout was not answered: {said[-200:]!r}")
        self.sock.close()


def send_messages(to: Address, messages: list[bytes], at: float) -> Span:
    """Send messages as fast as they are taken, from a moment on, until all of them have taken effect."""
    line = FixLine(to)
    time.sleep(max(0.0, at - time.monotonic()))
    began = time.monotonic()
    sending = Thread(target=_send_all, args=(line.sock, messages))
    sending.start()
    sending.join()
    line.log_out(FIRST + len(messages))
    return Span(began, time.monotonic())


def _send_all(sock: socket.socket, messages: list[bytes]) -> None:
    for piece in _pieces(messages):
        sock.sendall(piece)


def _pieces(messages: list[bytes]) -> Iterator[bytes]:
    data = memoryview(b"".join(messages))
    for start in range(0, len(data), _AT_ONCE):
        yield bytes(data[start : start + _AT_ONCE])
