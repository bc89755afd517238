"""A way to Redis that breaks off now and then: in the middle of a commit, or before its answer."""

import contextlib
import random
import socket
import struct
from threading import Lock, Thread
from types import TracebackType
from typing import Self

COMMIT = b"EVALSHA"

_LARGEST_BATCH = 8
"""Pieces; at most four portions arrive at once, each of them in a piece or two."""


class CuttingProxy:
    """A TCP proxy that breaks a connection off after some pieces of commits that it has carried.

    Mostly after two or three, but now and then it lets so many through that the largest batch gets in.

    Args:
        port: of the server on this machine.
        seed: decides where within what is sent.
    """

    def __init__(self, port: int, seed: int) -> None:
        self.cuts = {"within": 0, "behind": 0}
        """How many commits were cut before the server had all of them, and before their answer was back."""
        self._port = port
        self._random = random.Random(seed)
        self._spared = 2
        self._lock = Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            left = list(self._open)
        for sock in left:
            _break_off(sock)

    @property
    def url(self) -> str:
        """For `--redis`."""
        return f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
                with self._lock:
                    self._open |= {near, far}
                Thread(target=self._forward, args=(near, far), daemon=True).start()

    def _forward(self, near: socket.socket, far: socket.socket) -> None:
        """Carry bytes from the service to the server; the answers are carried by a thread of their own."""
        back = Thread(target=self._carry_back, args=(far, near), daemon=True)
        back.start()
        with contextlib.suppress(OSError):
            while data := near.recv(1 << 20):
                cut = self._decide() if COMMIT in data else None
                if cut == "within":
                    far.sendall(data[: self._random.randrange(len(data))])
                    break
                if cut == "behind":
                    _break_off(near)  # the answer finds nobody
                far.sendall(data)
        with contextlib.suppress(OSError):
            far.shutdown(socket.SHUT_WR)
        back.join()
        for sock in (near, far):
            _break_off(sock)
        with self._lock:
            self._open -= {near, far}

    def _decide(self) -> str | None:
        with self._lock:
            self._spared -= 1
            if self._spared >= 0:
                return None
            self._spared = self._random.choice((2, 3, 2, 3, _LARGEST_BATCH))
            cut = min(self.cuts, key=lambda kind: self.cuts[kind])  # in turns
            self.cuts[cut] += 1
            return cut

    @staticmethod
    def _carry_back(far: socket.socket, near: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := far.recv(1 << 20):
                with contextlib.suppress(OSError):
                    near.sendall(data)


def _break_off(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
