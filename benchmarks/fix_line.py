"""The other end of a FIX session, as lean as it can be: it logs on, sends what it is given, and logs out."""

import socket
import time
from collections.abc import Iterator, Sequence
from typing import Final

from benchmarks.stage import Span
from shared.base.address import Address
from shared.wire.fix.framing import checksum
from shared.wire.fix.timestamp import format_timestamp

Body = bytes
"""All fields of a message between its header and its CheckSum (10)."""

BEGIN: Final = b"FIX.4.4"
OURS: Final = b"BENCH"
THEIRS: Final = b"SPREAD"
FIRST: Final = 2
"""MsgSeqNum (34) of the first message behind the Logon."""

_HEARTBEAT_S: Final = 600
_AT_ONCE: Final = 1000


def message(kind: bytes, number: int, body: Body) -> bytes:
    """A message that is sent now."""
    sent = format_timestamp(time.time_ns() // 1000)
    header = b"35=%b\x0134=%d\x0149=%b\x0152=%b\x0156=%b\x01" % (kind, number, OURS, sent, THEIRS)
    front = b"8=%b\x019=%d\x01%b%b" % (BEGIN, len(header) + len(body), header, body)
    return b"%b10=%03d\x01" % (front, checksum(front))


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
        self.sock.sendall(message(b"A", 1, b"98=0\x01108=%d\x01" % _HEARTBEAT_S))
        if b"\x0135=A\x01" not in self.sock.recv(1 << 16):
            raise ConnectionError("the Logon was not answered")

    def log_out(self, number: int) -> None:
        """End the session; the answer says that all that was sent has taken effect.

        Raises:
            ConnectionError: the service did not say so.
        """
        self.sock.sendall(message(b"5", number, b""))
        said = b""
        while data := self.sock.recv(1 << 16):
            said += data
        self.sock.close()
        if b"\x0135=5\x01" not in said or b"\x0158=" in said:
            raise ConnectionError(f"the session did not end in order: {said[-200:]!r}")


def send_messages(to: Address, kind: bytes, bodies: Sequence[Body]) -> Span:
    """Send messages as fast as they are taken, until all of them have taken effect.

    They are made before the first one is sent; a session takes them for two minutes.
    """
    pieces = list(_pieces(kind, bodies))
    line = FixLine(to)
    began = time.monotonic()
    for piece in pieces:
        line.sock.sendall(piece)
    line.log_out(FIRST + len(bodies))
    return Span(began, time.monotonic())


def _pieces(kind: bytes, bodies: Sequence[Body]) -> Iterator[bytes]:
    for start in range(0, len(bodies), _AT_ONCE):
        numbered = enumerate(bodies[start : start + _AT_ONCE], start=FIRST + start)
        yield b"".join([message(kind, number, body) for number, body in numbered])
