"""Several ingestors and several checkers behind a plain TCP load balancer."""

import selectors
import socket
from collections.abc import Iterator, Sequence
from itertools import cycle
from threading import Event, Thread

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support import frames, oracle
from tests.support.market import entries_after, metrics, quote_of
from tests.support.processes import Processes
from tests.support.raw_sender import RawSender, send_all
from tests.support.servers import chosen_kinds, make_server

Address = tuple[str, int]

SYMBOLS = [b"%4d" % number for number in range(1000, 1060)]
SOURCES = 12


class Balancer:
    """Hands each connection to the next one of some services.

    Args:
        targets: where they listen.
    """

    def __init__(self, targets: Sequence[Address]) -> None:
        self._targets = cycle(targets)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: Address = self._listener.getsockname()
        self._over = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            while not self._over.is_set():
                for key, _ in selector.select(0.02):
                    if key.data is None:
                        self._accept(selector)
                    else:
                        self._pass_on(selector, key)

    def _accept(self, selector: selectors.BaseSelector) -> None:
        client, _ = self._listener.accept()
        service = socket.create_connection(next(self._targets))
        selector.register(client, selectors.EVENT_READ, service)
        selector.register(service, selectors.EVENT_READ, client)

    def _pass_on(self, selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        source, target = key.fileobj, key.data
        assert isinstance(source, socket.socket)
        data = source.recv(1 << 16)
        if data:
            target.sendall(data)
            return
        selector.unregister(source)
        target.shutdown(socket.SHUT_WR)
        if target not in {each.fileobj for each in selector.get_map().values()}:
            source.close()
            target.close()

    def close(self) -> None:
        """End it."""
        self._over.set()
        self._thread.join()
        self._listener.close()


@pytest.fixture(scope="module", params=chosen_kinds())
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server for this module."""
    made = make_server(request.param).start()
    yield made
    made.close()


@pytest.mark.slow
def test_a_feed_split_by_symbol_and_orders_spread_over_checkers(server: Server, processes: Processes) -> None:
    """Two ingestors and two checkers do what one of each does: the same quotes, each alert exactly once."""
    ingestors = [processes.ingest(server.url) for _ in range(2)]
    checkers = [processes.check(server.url) for _ in range(2)]
    to_quotes, to_orders = (Balancer([each.address() for each in some]) for some in (ingestors, checkers))
    quotes = [
        frames.quote(symbol, 10.0, 10.0 + (number + lap) % 8 / 100)
        for lap in range(5)
        for number, symbol in enumerate(SYMBOLS)
    ]
    orders = {
        source: [
            frames.order(symbol, order_id=b"%03d%03d" % (source, number), account=source)
            for number, symbol in enumerate(SYMBOLS * 3)
        ]
        for source in range(SOURCES)
    }
    try:
        for half in range(2):
            send_all(to_quotes.address, *[each for each in quotes if int(each[1:5]) % 2 == half])
        for source, payloads in orders.items():
            with RawSender(to_orders.address, b"desk-%d" % source) as sender:
                assert sender.ack() == 0
                sender.send(*payloads)
                sender.acks_until(len(payloads))
        took_part = [metrics(each)["orders_received_total"] for each in checkers]
    finally:
        to_quotes.close()
        to_orders.close()

    assert took_part == [SOURCES / 2 * len(SYMBOLS) * 3] * 2
    with Redis.from_url(server.url, protocol=2) as client:
        assert quote_of(client, SYMBOLS[3].decode())["offer"] == repr(10.0 + (3 + 4) % 8 / 100)
        found = entries_after(client)
    for source, payloads in orders.items():
        expected = [alert["order_id"] for alert in oracle.alerts(quotes, payloads)]
        assert [each["order_id"] for each in found if each["account"] == str(source)] == expected
