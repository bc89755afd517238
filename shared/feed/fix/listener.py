"""A port on which FIX counterparties connect: their connections, and what has arrived on all of them.

Knows neither messages nor sessions. While a service works nobody reads, so TCP slows the peers by itself.
"""

import logging
import selectors
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from shared.base.address import Address
from shared.base.rate_limit import Allowance
from shared.feed.accepted_socket import accept
from shared.feed.fix.connection import FixConnection

logger = logging.getLogger(__name__)

_LEAST_SHARE: Final = 1 << 14
_LARGEST_SHARE: Final = 1 << 15
"""Bytes that are read of a connection at once; see `shared.wire.fix.session.outbound`."""
_FLOWING_SHARE: Final = 1 << 17
"""The same of a connection whose messages are read by columns: that costs least an order then."""
_FLOWING_TURN: Final = 1 << 20
"""Bytes that are read of such a connection in one turn."""
_BACKLOG: Final = 1024
_DROPPED_AT_ONCE: Final = 1 << 16
_DRAIN_S: Final = 1.0
"""How long a peer has to read our last words, before its connection is reset."""


class Arrival(NamedTuple):
    """What has arrived on a connection."""

    connection: FixConnection
    data: bytes | None
    """None: it is new; empty: nothing more comes."""
    received_ns: int
    """When it was read (monotonic clock)."""


class FixListener:
    """Listens, reads, sends and closes.

    Args:
        address: where to listen; port 0 picks a free one; None to watch only connections that we dial.
        max_connections: one more is closed at once.
        buffer_bytes: what one turn reads at most, over all connections.
        context: for peers that begin by TLS; None: none may.

    Raises:
        OSError: the address cannot be listened on.
    """

    def __init__(
        self,
        address: Address | None,
        *,
        max_connections: int,
        buffer_bytes: int,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._context = context
        self._max_connections = max_connections
        self._buffer_bytes = max(buffer_bytes, 4 * _LEAST_SHARE)
        self._selector = selectors.DefaultSelector()
        self._listener: socket.socket | None = None
        self.address = address
        """Where it listens, with the port that was picked."""
        if address is not None:
            self._listen(address)
        self._connections: set[FixConnection] = set()
        self._leaving: dict[FixConnection, float] = {}
        self._numbered = 0
        self._turns = 0
        self._said = Allowance(burst=5, per_second=1)

    def _listen(self, address: Address) -> None:
        self._listener = socket.create_server(address, family=address.family, backlog=_BACKLOG)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self.address = address._replace(port=self._listener.getsockname()[1])

    def fileno(self) -> int:
        """Readable when something has arrived, on whichever connection."""
        return self._selector.fileno()

    @property
    def connections(self) -> int:
        """How many there are."""
        return len(self._connections)

    def poll(self, is_read: Callable[[FixConnection], bool] = lambda _: True) -> Iterator[Arrival]:
        """What has arrived, without waiting.

        Of what a turn reads at most each connection gets a like share, and another one is first each time, so
        that one that sends as fast as it can holds up nobody.

        Args:
            is_read: whether to read a connection now; the others wait.
        """
        self._dismiss_the_overdue()
        readable = []
        for key, events in self._selector.select(0):
            connection = key.data
            if connection is None:
                yield from self._accept()
            elif events & selectors.EVENT_WRITE:
                self.flush(connection)
            if connection is not None and events & selectors.EVENT_READ:
                readable.append(connection)
        chosen = [each for each in readable if each.is_leaving or is_read(each)]
        self._turns += 1
        first = self._turns % (len(chosen) or 1)
        yield from self._read(chosen[first:] + chosen[:first])

    def _read(self, readable: Sequence[FixConnection]) -> Iterator[Arrival]:
        room = self._buffer_bytes
        for before, connection in enumerate(readable):
            if room < _LEAST_SHARE:
                return
            if connection.is_leaving:
                self._drain(connection)
            elif connection in self._connections:
                share = max(room // (len(readable) - before), _LEAST_SHARE)
                for arrival in self._read_share(connection, share):
                    room -= len(arrival.data or b"")
                    yield arrival

    def _read_share(self, connection: FixConnection, share: int) -> Iterator[Arrival]:
        """What a connection has sent; one whose messages are taken in a row gives more, piece by piece."""
        left = min(share, _FLOWING_TURN)
        while left >= _LEAST_SHARE:
            most = min(left, _FLOWING_SHARE if connection.is_flowing else _LARGEST_SHARE)
            data = connection.read(most)
            if data is None:
                return
            yield Arrival(connection, data, time.monotonic_ns())
            left -= len(data)
            if len(data) < most or not connection.is_flowing:
                return

    def adopt(self, sock: socket.socket, peer: str, *, is_accepted: bool = False) -> FixConnection:
        """Watch a connected socket, too.

        Args:
            sock: the socket.
            peer: the other side's address, `host:port`.
            is_accepted: whether the other side has dialled, and says whether it is over TLS.
        """
        self._numbered += 1
        connection = FixConnection(sock, peer, self._numbered, self._context if is_accepted else None)
        self._connections.add(connection)
        self._selector.register(sock, selectors.EVENT_READ, connection)
        return connection

    def flush(self, connection: FixConnection) -> None:
        """Send what waits for a connection, and go on when it takes more; one that never does is closed."""
        if connection not in self._connections:
            return
        wanted = selectors.EVENT_READ
        if not connection.flush():
            if connection.is_congested:
                logger.warning("%s does not read what is sent to it: closing", connection.peer)
                self.close_connection(connection)
                return
            wanted |= selectors.EVENT_WRITE
        if self._selector.get_key(connection.sock).events != wanted:
            self._selector.modify(connection.sock, wanted, connection)

    def leave(self, connection: FixConnection) -> None:
        """Take nothing more of a connection, and close it once all is sent and its peer has gone, or soon."""
        if connection in self._connections and not connection.is_leaving:
            connection.is_leaving = True
            self._leaving[connection] = time.monotonic() + _DRAIN_S
            self.flush(connection)

    def close_connection(self, connection: FixConnection) -> None:
        """Close a connection now."""
        if connection in self._connections:
            self._selector.unregister(connection.sock)
            connection.sock.close()
            self._connections.remove(connection)
            self._leaving.pop(connection, None)

    def stop_accepting(self) -> None:
        """Take no more connections."""
        if self._listener is not None:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None

    def close(self) -> None:
        """Close everything."""
        self.stop_accepting()
        for connection in list(self._connections):
            self.close_connection(connection)
        self._selector.close()

    def _accept(self) -> Iterator[Arrival]:
        assert self._listener is not None
        for sock, peer in accept(self._listener):
            if len(self._connections) >= self._max_connections:
                sock.close()
                if self._said.take(1):
                    most = self._max_connections
                    logger.warning("%s: refused: no more than %d connections (--max-connections)", peer, most)
                continue
            yield Arrival(self.adopt(sock, peer, is_accepted=True), None, time.monotonic_ns())

    def _drain(self, connection: FixConnection) -> None:
        """Drop what still comes, so that our last words reach the peer before a reset."""
        if connection.read(_DROPPED_AT_ONCE) == b"":
            self.close_connection(connection)

    def _dismiss_the_overdue(self) -> None:
        now = time.monotonic()
        for connection in [each for each, deadline in self._leaving.items() if deadline < now]:
            self.close_connection(connection)
