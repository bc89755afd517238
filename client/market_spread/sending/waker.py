"""Wakes a thread that waits in a selector."""

import socket
from threading import Lock


class Waker:
    """Readable for a selector once woken, until cleared."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._lock = Lock()
        self._is_woken = False

    def fileno(self) -> int:
        """What a selector waits for."""
        return self._reader.fileno()

    def wake(self) -> None:
        """End the waiting (from any thread)."""
        with self._lock:
            if not self._is_woken:
                self._is_woken = True
                self._writer.send(b"\0")

    def clear(self) -> None:
        """Wait again from now on."""
        with self._lock:
            if self._is_woken:
                self._reader.recv(1)
                self._is_woken = False

    def close(self) -> None:
        """Close both ends."""
        self._reader.close()
        self._writer.close()
