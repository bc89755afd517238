"""A listening feed: connections, and what has arrived on all of them.

One turn reads what has arrived, as whole frames side by side in one buffer, and the service makes that one
batch. While a service works nobody reads, so TCP slows the senders by itself. Knows no message types.
"""

import contextlib
import selectors
import socket
import struct
import time
from typing import Final

from market_spread.framing import HEADER, MAX_PAYLOAD
from shared.base.address import Address
from shared.feed.accepted_socket import accept
from shared.feed.batch import FrameBatch, Segment
from shared.feed.connection import Connection

_LONGEST_FRAME: Final = HEADER.size + MAX_PAYLOAD
_LEAST_SHARE: Final = 2 * _LONGEST_FRAME
"""What is read from a connection must hold the part of a frame that was left of the last time, and more."""
_BACKLOG: Final = 1024
_DROPPED_AT_ONCE: Final = 1 << 16
_NO_LINGER: Final = struct.pack("ii", 1, 0)
_DRAIN_S: Final = 1.0
"""How long a sender has to read why it is sent away, before its connection is reset."""


class Listener:
    """Listens, reads, and closes.

    Args:
        address: where to listen; port 0 picks a free one; None to have no senders at all.
        max_connections: one more is refused.
        buffer_bytes: what one turn reads at most, over all connections.

    Raises:
        OSError: the address cannot be listened on.
    """

    def __init__(self, address: Address | None, *, max_connections: int, buffer_bytes: int) -> None:
        self._max_connections = max_connections
        self._buffer = bytearray(max(buffer_bytes, 4 * _LONGEST_FRAME))
        self._view = memoryview(self._buffer)
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ, self._wake_up)
        self._listener: socket.socket | None = None
        self.address = address
        """Where it listens, with the port that was picked."""
        if address is not None:
            self._listen(address)
        self._connections: set[Connection] = set()
        self._accepted = 0
        self._leaving: dict[Connection, float] = {}
        self._turns = 0

    def _listen(self, address: Address) -> None:
        self._listener = socket.create_server(address, family=address.family, backlog=_BACKLOG)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self.address = address._replace(port=self._listener.getsockname()[1])

    @property
    def connections(self) -> int:
        """How many senders are connected."""
        return len(self._connections)

    def poll(self, timeout_s: float) -> FrameBatch:
        """Wait for something to arrive and read what has; an empty batch if nothing did.

        Of what a turn reads at most each connection gets a like share, and another one is first each time, so
        that one that sends as fast as it can holds up nobody. One that sends garbage gets the least there is:
        a frame that is refused costs 20 times as much as a good one.
        """
        batch = FrameBatch(self._buffer)
        if self._leaving:
            self._dismiss_the_overdue()
        at = 0
        ready = self._selector.select(timeout_s)
        if len(ready) > 1:
            first = self._turns % len(ready)
            ready = ready[first:] + ready[:first]
            self._turns += 1
        for before, (key, events) in enumerate(ready):
            connection = key.data
            if not isinstance(connection, Connection):
                connection()
            elif connection in self._leaving:
                self._drain(connection)
            else:
                if events & selectors.EVENT_WRITE:
                    self.watch(connection)
                room = len(self._buffer) - at
                if events & selectors.EVENT_READ and room >= _LEAST_SHARE:
                    share = _LEAST_SHARE
                    if not connection.session.is_distrusted:
                        share = max(room // (len(ready) - before), share)
                    at = self._read(connection, batch, at, at + share)
        return batch

    def _read(self, connection: Connection, batch: FrameBatch, at: int, end: int) -> int:
        """Add what a connection sent to the batch; returns where the next one's may start."""
        session = connection.session
        heartbeats = session.heartbeats
        name, found, has_ended = connection.read(self._buffer, self._view, at, end)
        if name is not None:
            batch.hellos.append((session, name))
        if found.runs:
            before = session.frames - found.frames
            now_ns = time.monotonic_ns()
            batch.add(Segment(session, found.runs, batch.messages, found.frames, before, now_ns))
        elif session.heartbeats > heartbeats:
            batch.quiet.append(session)
        if has_ended:
            self._selector.unregister(connection.sock)
            batch.ended.append(session)
        return found.end

    def _accept(self) -> None:
        assert self._listener is not None
        for sock, peer in accept(self._listener):
            self._accepted += 1
            connection = Connection(sock, peer, self, self._accepted)
            self._connections.add(connection)
            self._selector.register(sock, selectors.EVENT_READ, connection)
            if len(self._connections) > self._max_connections:
                text = f"no more than {self._max_connections} connections are taken (--max-connections)"
                connection.session.refuse(text)

    def wake(self) -> None:
        """End a `poll` that waits; may be called from another thread, also when nobody polls any more."""
        with contextlib.suppress(OSError):
            self._waker.send(b"!")

    def wake_when_readable(self, fileno: int) -> None:
        """End a `poll` that waits when this can be read, too."""
        self._selector.register(fileno, selectors.EVENT_READ, _do_nothing)

    def _wake_up(self) -> None:
        self._woken.recv(_DROPPED_AT_ONCE)

    def watch(self, connection: Connection) -> None:
        """Send what waits for a connection, and go on when it takes more."""
        if connection.session.is_dismissed or not self._is_registered(connection):
            return
        wanted = selectors.EVENT_READ
        if not connection.flush():
            wanted |= selectors.EVENT_WRITE
        if self._selector.get_key(connection.sock).events != wanted:
            self._selector.modify(connection.sock, wanted, connection)

    def leave(self, connection: Connection) -> None:
        """Read no more of a connection, and close it when its sender has read why, or after a while."""
        if connection not in self._connections:  # closed, while a commit for it was on its way
            return
        if self._is_registered(connection):
            self._selector.modify(connection.sock, selectors.EVENT_READ, connection)
        else:
            self._selector.register(connection.sock, selectors.EVENT_READ, connection)
        self._leaving[connection] = time.monotonic() + _DRAIN_S

    def _drain(self, connection: Connection) -> None:
        """Drop what a dismissed sender still sends, so that the reason reaches it before a reset."""
        try:
            rest = connection.sock.recv(_DROPPED_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            rest = b""
        if not rest:
            self.close_connection(connection)

    def _dismiss_the_overdue(self) -> None:
        now = time.monotonic()
        for connection in [each for each, deadline in self._leaving.items() if deadline < now]:
            self.close_connection(connection)

    def close_connection(self, connection: Connection) -> None:
        """Close a connection now."""
        if connection not in self._connections:
            return
        if self._is_registered(connection):
            self._selector.unregister(connection.sock)
        connection.sock.close()
        self._connections.remove(connection)
        self._leaving.pop(connection, None)

    def _is_registered(self, connection: Connection) -> bool:
        return connection.sock.fileno() in self._selector.get_map()

    def reset(self) -> None:
        """Break all connections off; a sender that waits for an orderly close learns that none comes."""
        for connection in list(self._connections):
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self.close_connection(connection)

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
        self._woken.close()
        self._waker.close()
        self._selector.close()


def _do_nothing() -> None:
    """Who is woken looks by itself."""
