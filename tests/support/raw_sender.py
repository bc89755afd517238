"""A sender that is nothing but a socket, so that tests decide about every byte."""

import contextlib
import socket
import struct
from types import TracebackType
from typing import Self

from tests.support import frames
from tests.support.processes import TIMEOUT_S

HELLO, ACK, ERROR = 16, 17, 18
FENCED, FRAMING_LOST, REFUSED = 1, 2, 3


class RawSender:
    """A sender's end of a connection to a feed.

    Args:
        address: of the feed.
        source: what to name in a HELLO; None to be a plain sender.
    """

    def __init__(self, address: tuple[str, int], source: bytes | None = None) -> None:
        self.sock = socket.create_connection(address, timeout=TIMEOUT_S)
        self.acked = -1
        """The count of the last ACK."""
        self._reader = self.sock.makefile("rb")
        if source is not None:
            self.send(bytes([HELLO]) + source)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def peer(self) -> str:
        """What the service calls this sender."""
        host, port = self.sock.getsockname()
        return f"{host}:{port}"

    def send(self, *payloads: bytes) -> None:
        """Send payloads as frames."""
        self.send_bytes(b"".join(map(frames.frame, payloads)))

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.sock.sendall(data)

    def answer(self) -> bytes | None:
        """The payload of the service's next control frame; None when it has closed its side."""
        header = self._reader.read(4)
        if not header:
            return None
        (size,) = struct.unpack(">I", header)
        return self._reader.read(size)

    def ack(self) -> int:
        """The count of the next ACK, which must not be lower than the one before."""
        payload = self.answer()
        assert payload is not None, "the service closed the connection"
        assert payload[0] == ACK, payload
        assert len(payload) == 9
        (count,) = struct.unpack(">Q", payload[1:])
        assert count >= self.acked
        self.acked = count
        return self.acked

    def acks_until(self, count: int) -> None:
        """Read ACKs until this one, the last that may come."""
        while self.acked != count:
            assert self.ack() <= count

    def error(self) -> tuple[int, str]:
        """Code and text of the ERROR that comes, after ACKs perhaps; nothing follows it."""
        while (payload := self.answer()) is not None and payload[0] == ACK:
            pass
        assert payload is not None, "the service closed without an ERROR"
        assert payload[0] == ERROR, payload
        assert self.answer() is None
        return payload[1], payload[2:].decode()

    def half_close(self) -> None:
        """Say that nothing more comes."""
        self.sock.shutdown(socket.SHUT_WR)

    def wait_closed(self) -> None:
        """Wait until the service has closed its side; a plain sender hears nothing before."""
        assert self.sock.recv(1) == b""

    def finish(self) -> None:
        """Half-close, wait until the service has closed its side, and close."""
        self.half_close()
        self.wait_closed()
        self.close()

    def cut(self) -> None:
        """Break the connection off (a reset)."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Close at once."""
        with contextlib.suppress(OSError):
            self._reader.close()
        self.sock.close()


def send_all(address: tuple[str, int], *payloads: bytes) -> None:
    """Send payloads as frames on a plain connection; return when all of them have taken effect."""
    with RawSender(address) as sender:
        sender.send(*payloads)
        sender.finish()
