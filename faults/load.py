"""A resumable sender at a steady rate, that measures how long its frames take to be acknowledged."""

import socket
import struct
import time
from collections import deque
from collections.abc import Sequence
from threading import Event, Lock, Thread
from typing import Final

from tests.support.frames import frame

_BLOCKS_A_SECOND: Final = 100
_HELLO: Final = b"\x10soak"
_ACK_SIZE: Final = 13
_LAST_ACK_S: Final = 10.0


class Load(Thread):
    """Sends the same frames again and again.

    Args:
        feed: what the report calls it.
        address: where it listens.
        frames: one second's worth, sent in blocks every 10 ms.
    """

    def __init__(self, feed: str, address: tuple[str, int], frames: Sequence[bytes]) -> None:
        super().__init__(name=feed)
        self.feed = feed
        size = -(-len(frames) // _BLOCKS_A_SECOND)
        starts = range(0, len(frames), size)
        self._blocks = [(b"".join(frames[at : at + size]), len(frames[at : at + size])) for at in starts]
        self._sock = socket.create_connection(address)
        self._sock.sendall(frame(_HELLO))
        self._reader = Thread(target=self._read)
        self._waiting: deque[tuple[int, float]] = deque()
        self._lock = Lock()
        self._latencies_ms: list[float] = []
        self._is_over = Event()
        self.sent = 0
        self.acknowledged = 0

    def run(self) -> None:
        """Send until told to stop, then wait for the last ACK."""
        self._reader.start()
        due = time.monotonic()
        turn = 0
        while not self._is_over.is_set():
            data, count = self._blocks[turn % len(self._blocks)]
            self.sent += count
            self._waiting.append((self.sent, time.monotonic()))
            self._sock.sendall(data)
            turn += 1
            due += 1 / _BLOCKS_A_SECOND
            time.sleep(max(due - time.monotonic(), 0))
        deadline = time.monotonic() + _LAST_ACK_S
        while self.acknowledged < self.sent and time.monotonic() < deadline:
            time.sleep(0.01)
        self._sock.shutdown(socket.SHUT_RDWR)
        self._reader.join()
        self._sock.close()

    def _read(self) -> None:
        rest = b""
        while received := self._sock.recv(1 << 16):
            now = time.monotonic()
            rest += received
            whole = len(rest) // _ACK_SIZE * _ACK_SIZE
            if whole:
                (self.acknowledged,) = struct.unpack_from(">Q", rest, whole - 8)
            rest = rest[whole:]
            while self._waiting and self._waiting[0][0] <= self.acknowledged:
                _, sent_at = self._waiting.popleft()
                with self._lock:
                    self._latencies_ms.append((now - sent_at) * 1000)

    def latencies_ms(self) -> list[float]:
        """What the blocks acknowledged since the last call took, sorted."""
        with self._lock:
            latencies, self._latencies_ms = self._latencies_ms, []
        return sorted(latencies)

    def stop(self) -> None:
        """Send no more."""
        self._is_over.set()
