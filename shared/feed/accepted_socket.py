"""What is set on every socket that a feed accepts."""

import socket
from typing import Final

_KEEP_ALIVE: Final = (
    (socket.TCP_KEEPIDLE, 60),
    (socket.TCP_KEEPINTVL, 10),
    (socket.TCP_KEEPCNT, 3),
)
"""A sender that vanished without a word is noticed after 90 s."""


def prepare(sock: socket.socket) -> bool:
    """Make a socket non-blocking, and have TCP send at once and notice who vanished; whether it is TCP's."""
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    is_tcp = sock.family in {socket.AF_INET, socket.AF_INET6}
    if is_tcp:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for option, value in _KEEP_ALIVE:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
    return is_tcp
