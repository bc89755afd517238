"""Many clients of `/stream/alerts` in one process, checked to get the same bytes.

Each asks in HTTP/1.0, so that its bytes are the events and nothing else: all clients that are connected
before the first alert must then get exactly the same, which a checksum shows at the speed of memory. Some of
them read their events as well, and note when each arrived.
"""

import json
import select
import socket
import time
import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

_AT_ONCE: Final = 1 << 18


class StreamClient:
    """One connection.

    Args:
        address: of the API.
        reads_events: whether it takes its events apart.
    """

    def __init__(self, address: tuple[str, int], *, reads_events: bool) -> None:
        self.sock = socket.create_connection(address, timeout=30)
        self.sock.sendall(b"GET /stream/alerts HTTP/1.0\r\n\r\n")
        head = b""
        while b"id: " not in head or not head.endswith(b"\n\n"):  # then it is connected to the fan-out
            head += self.sock.recv(4096)
        self.sock.setblocking(False)
        self.checksum = 0
        self.bytes_read = 0
        self.has_ended = False
        self.ids: list[str] = []
        self.delays_us: list[int] = []
        self._reads_events = reads_events
        self._rest = b""

    def read(self) -> None:
        """Take what has arrived."""
        data = self.sock.recv(_AT_ONCE)
        now_us = time.time_ns() // 1000
        self.has_ended = not data
        self.bytes_read += len(data)
        self.checksum = zlib.crc32(data, self.checksum)
        if self._reads_events:
            *blocks, self._rest = (self._rest + data).split(b"\n\n")
            for block in blocks:
                self._take(block, now_us)

    def _take(self, block: bytes, now_us: int) -> None:
        if b"event: alert" in block:
            alert = json.loads(block.partition(b"data: ")[2])
            self.ids.append(alert["id"])
            self.delays_us.append(now_us - alert["checked_at"])


class Audience:
    """All clients.

    Args:
        address: of the API.
        size: how many.
        readers: how many of them take their events apart.
    """

    def __init__(self, address: tuple[str, int], size: int, readers: int = 5) -> None:
        every = max(size // readers, 1)
        self.clients = [StreamClient(address, reads_events=number % every == 0) for number in range(size)]
        self._poll = select.epoll()
        self._by_descriptor = {client.sock.fileno(): client for client in self.clients}
        for descriptor in self._by_descriptor:
            self._poll.register(descriptor, select.EPOLLIN)

    def listen(self, until_events: int, within_s: float) -> None:
        """Read until every reader has so many events and all have the same bytes, or time is over."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline and not self._is_complete(until_events):
            for descriptor, _ in self._poll.poll(0.1):
                client = self._by_descriptor[descriptor]
                client.read()
                if client.has_ended:
                    self._poll.unregister(descriptor)

    def ignore(self, client: StreamClient) -> None:
        """Read no more from a client, which stays connected."""
        self._poll.unregister(client.sock.fileno())
        self.clients.remove(client)

    @property
    def readers(self) -> list[StreamClient]:
        """Those that take their events apart."""
        return [client for client in self.clients if client.ids]

    def is_equal(self) -> bool:
        """Whether all clients got the same bytes."""
        return len({(client.bytes_read, client.checksum) for client in self.clients}) == 1

    def delays_us(self) -> NDArray[np.int64]:
        """From the alert's `checked_at` to its arrival, of all readers: microseconds."""
        return np.concatenate([np.array(client.delays_us, np.int64) for client in self.readers])

    def close(self) -> None:
        """Leave."""
        for client in self._by_descriptor.values():
            client.sock.close()

    def _is_complete(self, events: int) -> bool:
        readers = self.readers
        return bool(readers) and all(len(each.ids) >= events for each in readers) and self.is_equal()
