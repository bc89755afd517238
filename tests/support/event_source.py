"""A client of server-sent events that does what a browser does, over a plain socket."""

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Event:
    """What arrived."""

    name: str
    data: Any
    last_id: str
    """The ID to resume from, by now."""


class EventSource:
    """One connection.

    Args:
        address: of the server.
        path: with its query.
        last_id: sent as `Last-Event-ID` if it is not empty.
        timeout_s: how long to wait for bytes.
        receive_buffer: of the socket, bytes; small for a client that is slow on purpose.
    """

    def __init__(
        self,
        address: tuple[str, int],
        path: str,
        last_id: str = "",
        *,
        timeout_s: float = 10.0,
        receive_buffer: int | None = None,
    ) -> None:
        self.last_id = last_id
        self.status = 0
        self.bytes_read = 0
        self._sock = socket.socket()
        if receive_buffer is not None:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._sock.settimeout(timeout_s)
        self._buffer = b""
        try:
            self._sock.connect(address)
            header = f"Last-Event-ID: {last_id}\r\n" if last_id else ""
            self._sock.sendall(f"GET {path} HTTP/1.0\r\n{header}\r\n".encode())  # 1.0: no chunks to decode
            self.status = int(self._until(b"\r\n\r\n").split()[1])
        except (OSError, EOFError):
            self._sock.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Go without a word."""
        self._sock.close()

    def events(self) -> Iterator[Event]:
        """Events until the server ends the stream.

        Raises:
            OSError: the connection broke, or nothing came in time.
        """
        while True:
            try:
                block = self._until(b"\n\n").decode()
            except EOFError:
                return
            lines = [line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")]
            values = {line[0]: line[1] for line in lines}
            self.last_id = values.get("id", self.last_id)
            if "data" in values:
                yield Event(values["event"], json.loads(values["data"]), self.last_id)

    def until(self, name: str, within_s: float = 10.0) -> Event:
        """The next event of that name."""
        deadline = time.monotonic() + within_s
        for event in self.events():
            if event.name == name:
                return event
            assert time.monotonic() < deadline, f"no {name} event"
        raise AssertionError(f"the stream ended without a {name} event")

    def _until(self, end: bytes) -> bytes:
        """What comes before a separator.

        Raises:
            EOFError: the connection ended before it.
        """
        while end not in self._buffer:
            received = self._sock.recv(1 << 16)
            if not received:
                raise EOFError
            self.bytes_read += len(received)
            self._buffer += received
        found, _, self._buffer = self._buffer.partition(end)
        return found
