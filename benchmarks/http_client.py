"""Asks for a path again and again over some connections; costs little beside what it asks."""

import re
import selectors
import socket
import time
from typing import Final

from shared.base.address import Address

_length: Final = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE).search


def requests_a_second(to: Address, paths: list[str], connections: int, seconds: float) -> float:
    """How many answers a second come, each connection asking anew when it has its answer."""
    requests = [_request(path) for path in paths]
    count, deadline = 0, time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        socks = [socket.create_connection(to) for _ in range(connections)]
        for sock in socks:
            selector.register(sock, selectors.EVENT_READ, sock)
            sock.sendall(requests[count % len(requests)])
        while time.monotonic() < deadline:
            for key, _ in selector.select():
                _read_answer(key.data)
                count += 1
                key.data.sendall(requests[count % len(requests)])
    for sock in socks:
        sock.close()
    return count / seconds


def answer_times_s(to: Address, path: str, times: int) -> list[float]:
    """How long each of some answers takes, one after the other."""
    found = []
    with socket.create_connection(to) as sock:
        for _ in range(times):
            began = time.monotonic()
            sock.sendall(_request(path))
            _read_answer(sock)
            found.append(time.monotonic() - began)
    return found


def _request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()


def _read_answer(sock: socket.socket) -> None:
    """Take a whole answer.

    Raises:
        RuntimeError: it is none, or not a 200.
    """
    answer = sock.recv(1 << 20)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = _length(head + b"\r\n")
    if length is None or not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"not the answer that was asked for: {answer[:200]!r}")
    left = int(length[1]) - len(body)
    while left > 0:
        left -= len(sock.recv(1 << 20))
