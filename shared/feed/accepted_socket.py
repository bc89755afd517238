"""Taking connections, and what is set on the socket of each."""

import errno
import logging
import socket
import time
from collections.abc import Iterator
from typing import Final

from shared.base.address import Address

logger = logging.getLogger(__name__)

_ACCEPTED_A_TURN: Final = 64

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


def accept(listener: socket.socket) -> Iterator[tuple[socket.socket, str]]:
    """The connections that wait, at most so many a turn: the socket, and the other side's address as a text.

    Args:
        listener: non-blocking.
    """
    for _ in range(_ACCEPTED_A_TURN):
        try:
            sock, address = listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}:
                logger.error("cannot accept a connection: %s", error)
                time.sleep(0.01)  # the waiting connection would wake us at once again
            return
        yield sock, str(Address(*address[:2]))
