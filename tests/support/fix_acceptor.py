"""A FIX acceptor of one thread around the session layer: sockets here, positions in memory."""

import selectors
import socket
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.message import Message
from shared.wire.fix.orders import has_orders, read_orders
from shared.wire.fix.refused import Refused
from shared.wire.fix.session.events import BeganAgain, Ended, Event, Moved, NumbersNeeded, Send, Taken
from shared.wire.fix.session.link import Start
from shared.wire.fix.session.reception import Admitted, Reception, TurnedAway
from shared.wire.fix.session.session import Session

UNSUPPORTED_TYPE: Final = 3
OTHER: Final = 0
"""Values of BusinessRejectReason (380)."""
_LONGEST_WAIT_S: Final = 0.05


@dataclass
class _Connection:
    sock: socket.socket
    reception: Reception
    session: Session | None = None
    outgoing: bytearray = field(default_factory=bytearray)
    is_over: bool = False


class FixAcceptor:
    """Listens on a free port, takes orders, and answers what is none; commits at once.

    Args:
        sessions: who may log on.
    """

    def __init__(self, sessions: Sequence[SessionSettings]) -> None:
        self.sessions = sessions
        self.starts = {each.name: Start() for each in sessions}
        self.taken: list[Message] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._connections: list[_Connection] = []
        self._is_stopped = threading.Event()
        self._thread = ThreadPoolExecutor(1)
        self._run_ends: Future[None] | None = None

    def __enter__(self) -> Self:
        self._run_ends = self._thread.submit(self._run)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._is_stopped.set()
        self._thread.shutdown()
        for each in self._connections:
            each.sock.close()
        self._listener.close()
        if self._run_ends is not None:
            self._run_ends.result()

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            while not self._is_stopped.is_set():
                self._turn(selector)

    def _turn(self, selector: selectors.BaseSelector) -> None:
        for key, _ in selector.select(_LONGEST_WAIT_S):
            if key.data is None:
                sock, _ = self._listener.accept()
                connection = _Connection(sock, Reception(self.sessions, _now_us()))
                self._connections.append(connection)
                selector.register(sock, selectors.EVENT_READ, connection)
            else:
                self._read(key.data)
        for each in self._connections:
            if each.session is not None and not each.is_over:
                self._handle(each, each.session.tick(_now_us()))
            if each.is_over:
                selector.unregister(each.sock)
                each.sock.close()
        self._connections = [each for each in self._connections if not each.is_over]

    def _read(self, connection: _Connection) -> None:
        try:
            data = connection.sock.recv(65_536)
        except ConnectionError:
            data = b""
        if not data:
            connection.is_over = True
        elif connection.session is not None:
            self._handle(connection, connection.session.receive(data, _now_us()))
        else:
            self._receive_first(connection, data)

    def _receive_first(self, connection: _Connection, data: bytes) -> None:
        match connection.reception.receive(data):
            case TurnedAway():
                connection.is_over = True
            case Admitted(settings, first):
                earlier = [
                    each for each in self._connections if each.session and each.session.settings is settings
                ]
                if any(each.session and each.session.is_heard(_now_us()) for each in earlier):
                    connection.is_over = True
                    return
                for each in earlier:
                    each.is_over = True
                session = Session(settings, self.starts[settings.name], _now_us())
                connection.session = session
                self._handle(connection, session.receive(first, _now_us()))

    def _handle(self, connection: _Connection, events: list[Event]) -> None:
        """Do what the events say; commit what has changed, and do what comes of that."""
        session = connection.session
        assert session is not None
        name, start = session.settings.name, self.starts[session.settings.name]
        for event in events:
            match event:
                case Send(data):
                    connection.outgoing += data
                case Taken():
                    self.taken.append(event.message)
                    self._answer(connection, session, event.message)
                case NumbersNeeded(resets, reserved):
                    session.reserve(resets, reserved)
                case Ended():
                    connection.is_over = True
            start = _stored(start, event)
        is_changed, self.starts[name] = start != self.starts[name], start
        if connection.outgoing:
            with suppress(ConnectionError):
                connection.sock.sendall(connection.outgoing)
            connection.outgoing.clear()
        if is_changed:
            self._handle(connection, session.committed(start.expected, _now_us()))

    def _answer(self, connection: _Connection, session: Session, message: Message) -> None:
        """35=j for what is no order, or none that can be read."""
        dialect, now_us = Dialect(), _now_us()
        events: list[Event] = []
        if not has_orders(message, dialect):
            events = session.refuse(message, "Unsupported Message Type", UNSUPPORTED_TYPE, now_us)
        elif refused := [each for each in read_orders(message, dialect) if isinstance(each, Refused)]:
            events = session.refuse(message, refused[0].text, OTHER, now_us)
        for event in events:
            if isinstance(event, Send):
                connection.outgoing += event.data


def _stored(start: Start, event: Event) -> Start:
    """What is to be stored of a session after an event."""
    match event:
        case Taken(_, after) | Moved(after):
            return start._replace(expected=after)
        case BeganAgain(expected, begun_us, reserved):
            return Start(expected, begun_us, reserved, reserved)
        case NumbersNeeded(_, reserved):
            return start._replace(number=reserved, reserved=reserved)
    return start


def _now_us() -> int:
    return time.time_ns() // 1000
