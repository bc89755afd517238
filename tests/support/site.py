"""Services of all kinds under load, which a test replaces one by one."""

import os
import signal
from typing import Final

from redis import Redis

from services.cli.local.embedded import free_port
from tests.support import frames
from tests.support.order_streams import add
from tests.support.processes import Process, Processes, wait_until
from tests.support.receiving import Receiving, position, start_forwarder
from tests.support.steady_sender import SteadySender

STREAM_ORDERS: Final = 1_000_000
"""The accounts of orders from the stream count on from here, those by TCP from 0."""
SYMBOLS: Final = 20


def quote(number: int) -> bytes:
    """A quote that says by its bid which one it is; each symbol gets one in turn."""
    return frames.quote(b"S%03d" % (number % SYMBOLS), float(number), float(number) + 0.01)


def order(number: int) -> bytes:
    """An order on a symbol that nobody quotes; its account says which one it is."""
    return frames.order(b"NONE", account=number)


class Site:
    """Both feeds, a stream of orders and a forwarder under load, whose services are replaced one by one.

    Args:
        redis_url: of the server.
        client: of the same.
        receiving: what the forwarder sends to.
        first: starts the services.
    """

    def __init__(self, redis_url: str, client: Redis, receiving: Receiving, first: Processes) -> None:
        self._url, self._client, self._receiving = redis_url, client, receiving
        self._quote_port, self._order_port = free_port(), free_port()
        self.from_stream = 0
        """How many orders were added to the stream."""
        self.forwarded = 0
        """Where the first forwarder stood when it ended, in alerts."""
        self._ingestor = self._ingest(first)
        self._checker = self._check(first)
        self._forwarder = self._forward(first)
        self.quotes = SteadySender(("127.0.0.1", self._quote_port), b"market", quote)
        self.orders = SteadySender(("127.0.0.1", self._order_port), b"desk", order)

    def replace_all(self, then: Processes, end: signal.Signals) -> None:
        """End each service with a signal under load, and start it anew."""
        self._go_on()
        self._end(self._ingestor, end)
        self._ingestor = self._ingest(then)
        self._go_on()
        self._end(self._checker, end)
        self._checker = self._check(then)
        self._go_on()
        self._end(self._forwarder, end)
        self.forwarded = position(self._client)
        self._forwarder = self._forward(then)
        self._go_on()

    def finish(self) -> tuple[int, int]:
        """Wait until all that was sent has taken effect; how many quotes and orders by TCP it was."""
        sent = self.quotes.finish(), self.orders.finish()
        all_alerts = sent[1] + self.from_stream
        wait_until(lambda: self._client.xlen("alerts") >= all_alerts, "all orders have alerted")
        wait_until(lambda: position(self._client) >= all_alerts, "all alerts are forwarded")
        return sent

    def _go_on(self) -> None:
        """Let some of everything take effect, and leave something to do."""
        self.quotes.wait_for_more()
        self.orders.wait_for_more()
        stands_at = position(self._client)
        wait_until(lambda: position(self._client) > stands_at, "alerts are forwarded")
        for _ in range(300):
            add(self._client, self.from_stream, account=STREAM_ORDERS + self.from_stream)
            self.from_stream += 1

    def _end(self, process: Process, end: signal.Signals) -> None:
        os.kill(process.pid, end)
        assert process.wait() == (0 if end == signal.SIGTERM else -end)

    def _ingest(self, processes: Processes) -> Process:
        return processes.ingest(self._url, "--listen", f"127.0.0.1:{self._quote_port}")

    def _check(self, processes: Processes) -> Process:
        words = ("--listen", f"127.0.0.1:{self._order_port}", "--stream", "orders")
        return processes.check(self._url, *words)

    def _forward(self, processes: Processes) -> Process:
        return start_forwarder(processes, self._url, self._receiving.address)
