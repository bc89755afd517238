"""A session on a connection that we have dialled: bytes in and out, and the session's clock."""

import selectors
import socket
import time
from typing import Final, Self

from shared.base.address import Address
from shared.feed.fix.connection import FixConnection
from shared.wire.fix.message import Pair
from shared.wire.fix.session.events import Event, NumbersNeeded, Send
from shared.wire.fix.session.session import Session

_CONNECT_S: Final = 5.0
_RECEIVED_AT_ONCE: Final = 1 << 16
_LAST_WORDS_S: Final = 1.0


class Line:
    """To be used in a `with`.

    Args:
        address: of the other side.
        session: an initiator's; of what it takes all is taken to be committed.

    Raises:
        OSError: the other side cannot be reached.
    """

    def __init__(self, address: Address, session: Session) -> None:
        sock = socket.create_connection(address, timeout=_CONNECT_S)
        self._connection = FixConnection(sock, str(address), 1)
        self.session = session
        self.is_cut = False
        """Whether the other side has closed the connection."""
        self._selector = selectors.DefaultSelector()
        self._wanted = selectors.EVENT_READ
        self._selector.register(sock, self._wanted)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._selector.close()
        self._connection.sock.close()

    @property
    def is_free(self) -> bool:
        """Whether all that was said has left."""
        return not self._connection.has_unsent

    def start(self) -> list[Event]:
        """Log on; what has happened."""
        return self._heed(self.session.start(_now_us()))

    def say(self, kind: bytes, body: list[Pair]) -> list[Event]:
        """Send a message with the next `flush`; what has happened."""
        return self._heed(self.session.send(kind, body, _now_us()))

    def log_out(self) -> list[Event]:
        """Send a Logout with the next `flush`; what has happened."""
        return self._heed(self.session.log_out("", _now_us()))

    def hear(self, timeout_s: float) -> list[Event]:
        """Take what has arrived, waiting so long for it or for room to send; what has happened."""
        self._selector.select(timeout_s)
        now_us, events = _now_us(), []
        data = self._connection.read(_RECEIVED_AT_ONCE)
        if data:
            events += self._heed(self.session.receive(data, now_us))
        self.is_cut = data == b""
        deadline_us = self.session.deadline_us()
        if deadline_us is not None and now_us >= deadline_us:
            events += self._heed(self.session.tick(now_us))
        return events

    def flush(self) -> None:
        """Send as much as the other side takes."""
        is_done = self._connection.flush()
        wanted = selectors.EVENT_READ | (0 if is_done else selectors.EVENT_WRITE)
        if wanted != self._wanted:
            self._selector.modify(self._connection.sock, wanted)
            self._wanted = wanted

    def finish(self) -> None:
        """Send the last words, and wait a moment until the other side closes."""
        deadline = time.monotonic() + _LAST_WORDS_S
        self._connection.is_leaving = True
        while not self.is_cut and (left_s := deadline - time.monotonic()) > 0:
            self.flush()
            self._selector.select(left_s)
            self.is_cut = self._connection.read(_RECEIVED_AT_ONCE) == b""

    def _heed(self, events: list[Event]) -> list[Event]:
        """Do what the session asks for; what else has happened."""
        others: list[Event] = []
        while events:
            for event in events:
                if isinstance(event, Send):
                    self._connection.send(event.data)
                elif isinstance(event, NumbersNeeded):
                    self.session.reserve(event.resets, event.reserved)
                else:
                    others.append(event)
            is_moved = any(not isinstance(event, Send) for event in events)
            events = self.session.committed(self.session.expected, _now_us()) if is_moved else []
        return others


def _now_us() -> int:
    return time.time_ns() // 1000
