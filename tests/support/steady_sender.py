"""A sender with HELLO that sends from a thread of its own and comes back until everything is acknowledged."""

import contextlib
from collections.abc import Callable
from threading import Event, Thread

from tests.support.processes import TIMEOUT_S, wait_until
from tests.support.raw_sender import ACK, RawSender

_AT_ONCE = 20
_PAUSE_S = 0.005
_MOST_IN_FLIGHT = 400
_RECONNECT_S = 0.02


class SteadySender:
    """Sends some 4,000 messages a second, and reads the acknowledgements of those before meanwhile.

    Args:
        address: where the feed is, also after it was started again.
        source: what to name in HELLO.
        make: the payload with a number; they count from 0.
    """

    def __init__(self, address: tuple[str, int], source: bytes, make: Callable[[int], bytes]) -> None:
        self._address, self._source, self._make = address, source, make
        self.sent = 0
        """How many different messages have been sent, in whole or in part."""
        self.acked = 0
        self.connections = 0
        self._is_last_made = Event()
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait_for_more(self, count: int = 200) -> None:
        """Wait until so many more messages are acknowledged."""
        wanted = self.acked + count
        wait_until(
            lambda: self.acked >= wanted or self._error is not None,
            f"{wanted} messages of {self._source!r} are acknowledged",
            state=lambda: self.acked,
        )
        self._check()

    def finish(self) -> int:
        """Make no new messages, and wait until all are acknowledged; how many there were."""
        self._is_last_made.set()
        self._thread.join(TIMEOUT_S)
        self._check()
        assert self.acked == self.sent, "not all messages were acknowledged"
        return self.sent

    def _check(self) -> None:
        if self._error is not None:
            raise AssertionError(f"the sender {self._source!r} gave up") from self._error

    def _run(self) -> None:
        try:
            while not self._is_done():
                with contextlib.suppress(OSError):
                    self._converse()
                self._is_last_made.wait(_RECONNECT_S)
        except BaseException as error:  # noqa: BLE001 - the test that waits for this thread raises it
            self._error = error

    def _is_done(self) -> bool:
        return self._is_last_made.is_set() and self.acked == self.sent

    def _converse(self) -> None:
        """Send and read on one connection until it breaks or everything is acknowledged."""
        with RawSender(self._address, self._source) as sender:
            self._take_ack(sender)
            self.connections += 1
            position = self.acked
            while not self._is_done():
                is_finishing = self._is_last_made.is_set()
                end = self.sent if is_finishing else position + _AT_ONCE
                self.sent = max(self.sent, end)
                sender.send(*map(self._make, range(position, end)))
                position = end
                while self.acked < (position if is_finishing else position - _MOST_IN_FLIGHT):
                    self._take_ack(sender)
                self._is_last_made.wait(_PAUSE_S)

    def _take_ack(self, sender: RawSender) -> None:
        """Read one acknowledgement; what was acknowledged once stays so.

        Raises:
            ConnectionError: the service has closed the connection.
        """
        payload = sender.answer()
        if not payload:
            raise ConnectionError("the service has closed its side")
        assert payload[0] == ACK, f"sent away: {payload!r}"
        count = int.from_bytes(payload[1:], "big")
        assert self.acked <= count <= self.sent, f"told {count} after {self.acked} of {self.sent}"
        self.acked = count
