"""A desk that waits to be dialled, and lets in one connection at a time, as engines do."""

import socket
import ssl
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Self

from tests.support.fix_connection import DeskConnection, sent_now
from tests.support.fix_desk import Desk
from tests.support.processes import TIMEOUT_S, wait_until

_AT_ONCE = 5


class ListeningDesk:
    """Sends some 2,000 orders a second to whoever has dialled, named by their numbers.

    Args:
        context: for TLS; None: without.
        comp_id: the desk's.
    """

    def __init__(self, context: ssl.SSLContext | None = None, comp_id: str = "DESK") -> None:
        self._context = context
        self.desk = Desk(sent=sent_now, is_acceptor=True, comp_id=comp_id)
        self.sent: list[str] = []
        self.connections = 0
        self.refused = 0
        """Connections beside one that is there."""
        self.is_sending = Event()
        self.cut = Event()
        self._is_over = Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join(TIMEOUT_S)
        self._listener.close()
        if self._error is not None:
            raise AssertionError("the desk gave up") from self._error

    def wait_for_more(self, orders: int = 1000) -> None:
        """Wait until so many more orders are sent."""
        wanted = len(self.sent) + orders
        wait_until(
            lambda: len(self.sent) >= wanted, f"{wanted} orders are sent", state=lambda: len(self.sent)
        )

    def _run(self) -> None:
        try:
            while not self._is_over.wait(0.01):
                with suppress(BlockingIOError):
                    accepted = self._listener.accept()[0]
                    if self._context is not None:
                        accepted = self._context.wrap_socket(accepted, server_side=True)
                    self._converse(DeskConnection(self.desk, accepted))
        except BaseException as error:  # noqa: BLE001 - the test that waits for this thread raises it
            self._error = error

    def _converse(self, connection: DeskConnection) -> None:
        self.connections += 1
        self.desk.is_up = False
        while not (connection.is_closed or self.desk.is_over or self._is_over.is_set() or self.cut.is_set()):
            connection.hear(0.002)
            with suppress(BlockingIOError):
                self._listener.accept()[0].close()
                self.refused += 1
            if self.desk.is_up and self.is_sending.is_set():
                names = [str(len(self.sent) + place) for place in range(_AT_ONCE)]
                self.sent += names
                connection.send_orders(*names)
        self.cut.clear()
        self.desk.is_up = self.desk.is_over = False
        connection.close()
