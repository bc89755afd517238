"""A desk that sends orders by FIX from a thread of its own, and comes back whatever happens to the line."""

import contextlib
from collections.abc import Callable
from threading import Event, Thread

from tests.support.fix_connection import DeskConnection, sent_now
from tests.support.fix_desk import Desk
from tests.support.processes import TIMEOUT_S

_AT_ONCE = 5
_PAUSE_S = 0.002
_RECONNECT_S = 0.05


class SteadyDesk:
    """Sends some 2,000 orders a second, named by their numbers.

    Args:
        address: where the acceptor is now; asked for at each connection.
    """

    def __init__(self, address: Callable[[], tuple[str, int]]) -> None:
        self._address = address
        self.desk = Desk(sent=sent_now)
        self.sent: list[str] = []
        self.connections = 0
        self.cut = Event()
        """Set it, and the line is cut."""
        self._is_last_made = Event()
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def finish(self) -> list[str]:
        """Make no new orders, and wait until a Logout is answered; all orders that were sent."""
        self._is_last_made.set()
        self._thread.join(3 * TIMEOUT_S)
        assert not self._thread.is_alive(), f"no Logout was answered: {self.desk}"
        if self._error is not None:
            raise AssertionError("the desk gave up") from self._error
        return self.sent

    def _run(self) -> None:
        try:
            while not self.desk.is_over or self.desk.said[-1:] != [""]:
                with contextlib.suppress(OSError):
                    self._converse()
                self.cut.clear()
                self._is_last_made.wait(_RECONNECT_S)
        except BaseException as error:  # noqa: BLE001 - the test that waits for this thread raises it
            self._error = error

    def _converse(self) -> None:
        """Send and answer on one connection until it breaks, or a Logout is answered."""
        with contextlib.closing(DeskConnection(self.desk, self._address())) as connection:
            connection.log_on()
            self.connections += 1
            while not (connection.is_closed or self.desk.is_over or self.cut.is_set()):
                if self._is_last_made.is_set():
                    connection.log_out()
                else:
                    names = [str(len(self.sent) + place) for place in range(_AT_ONCE)]
                    self.sent += names
                    connection.send_orders(*names)
                    connection.hear(_PAUSE_S)
