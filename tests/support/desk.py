"""A sender of orders that goes on wherever it is asked to."""

import contextlib

from tests.support import frames
from tests.support.raw_sender import RawSender


class Desk:
    """A sender of orders that all alert, which keeps them and comes back whenever it is asked to.

    Args:
        address: of the checker.
    """

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self.sent: list[bytes] = []
        self.connect()

    def connect(self) -> int:
        """Say HELLO and go on from the count of the answer, which is returned."""
        self.sender = RawSender(self._address, b"desk")
        count = self.sender.ack()
        with contextlib.suppress(ConnectionError):
            self.sender.send(*self.sent[count:])
        return count

    def send(self, count: int) -> None:
        """Send so many more orders."""
        new = frames.alerting(count, start=len(self.sent))
        self.sent += new
        self.sender.send(*new)

    def come_back(self) -> int:
        """Connect again after the service has closed the connection without an ERROR; the count of HELLO."""
        with contextlib.suppress(ConnectionError):
            while (payload := self.sender.answer()) is not None:
                assert payload[0] != 18, payload
        self.sender.close()
        return self.connect()

    def finish(self) -> None:
        """Wait until all has taken effect."""
        self.sender.acks_until(len(self.sent))
        self.sender.close()
