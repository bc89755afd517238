"""Hostile FIX peers: threads that send without end."""

import socket
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from threading import Event, Thread
from typing import Final

from tests.support import fix
from tests.support.fix_connection import sent_now

ROW: Final = 100


class Flood:
    """Threads that send without end, and never read; those whose connections are closed come back.

    Args:
        address: where they connect.
    """

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._is_over = Event()
        self._threads: list[Thread] = []
        self.sent = 0

    def begin(self, first: bytes, again: Callable[[int], bytes]) -> None:
        """Send something once a connection, and then one thing after the other, by their numbers from 0."""
        self._threads.append(Thread(target=self._run, args=(first, again), daemon=True))
        self._threads[-1].start()

    def end(self) -> None:
        """No more."""
        self._is_over.set()
        for each in self._threads:
            each.join(10)

    def _run(self, first: bytes, again: Callable[[int], bytes]) -> None:
        while not self._is_over.is_set():
            with suppress(OSError), socket.create_connection(self._address, timeout=2) as sock:
                sock.sendall(first)
                for number in count():
                    if self._is_over.wait(0.001):
                        return
                    data = again(number)
                    sock.sendall(data)
                    self.sent += len(data)


def message(comp_id: str, kind: str, number: int, body: str = "") -> bytes:
    """A message of a peer."""
    header = f"35={kind}|34={number}|49={comp_id}|52={sent_now()}|56=SPREAD"
    return fix.message(f"{header}|{body}" if body else header)


def row(comp_id: str, kind: str, number: int, body: str) -> bytes:
    """Many messages of a peer, whose numbers follow those of the row before."""
    first = 2 + ROW * number
    return b"".join(message(comp_id, kind, each, body) for each in range(first, first + ROW))
