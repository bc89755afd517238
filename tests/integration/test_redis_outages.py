"""Redis in outages: the services hold everything back, say so once, and go on without loss."""

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support import frames, outages
from tests.support.market import Market, metrics, order_ids, quote_of
from tests.support.memory import resident_kb
from tests.support.outages import SYNCED, Outage
from tests.support.processes import Process, Processes
from tests.support.raw_sender import RawSender
from tests.support.servers import chosen_kinds, make_server

OUTAGES = [
    outages.refused,
    outages.stopped,
    outages.read_only,
    outages.out_of_memory,
    pytest.param(outages.pausing_its_clients, marks=pytest.mark.slow),
    pytest.param(outages.loading, marks=pytest.mark.slow),
]
BEFORE, MEANWHILE = 20, 500


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of the test's own that keeps what it has answered."""
    made = make_server(chosen_kinds()[-1], SYNCED)
    made.start()
    yield made
    made.close()


@pytest.fixture
def market(processes: Processes, server: Server) -> Market:
    """Both services on that server."""
    return Market(processes, server.url)


class Senders:
    """A resumable sender of quotes and one of orders; every order alerts."""

    def __init__(self, market: Market) -> None:
        self.quotes, self.orders = RawSender(market.quotes, b"desk"), RawSender(market.orders, b"desk")
        self.quotes_sent = self.orders_sent = 0

    def send(self, count: int) -> None:
        """Send so many more quotes and orders."""
        numbers = range(self.quotes_sent, self.quotes_sent + count)
        self.quotes.send(*(frames.quote(bid=10.0, offer=11.0 + number) for number in numbers))
        self.orders.send(*(frames.order(order_id=b"%06d" % number) for number in numbers))
        self.quotes_sent += count
        self.orders_sent += count

    def wait(self) -> None:
        """Wait until all has taken effect."""
        self.quotes.acks_until(self.quotes_sent)
        self.orders.acks_until(self.orders_sent)

    def close(self) -> None:
        """Close both."""
        self.quotes.close()
        self.orders.close()


@pytest.fixture
def senders(market: Market) -> Iterator[Senders]:
    """Resumable senders whose first messages have taken effect."""
    made = Senders(market)
    made.quotes.send(frames.quote(bid=10.0, offer=11.0))
    made.quotes_sent = 1
    made.wait()
    made.send(BEFORE)
    made.wait()
    yield made
    made.close()


def readiness(process: Process) -> tuple[int, dict[str, str]]:
    """What /health/ready says: the status, and what is failing."""
    connection = HTTPConnection(*process.metrics_address(), timeout=5)
    connection.request("GET", "/health/ready")
    answer = connection.getresponse()
    failing = json.loads(answer.read())["failing"]
    connection.close()
    return answer.status, failing


def assert_nothing_lost(server: Server, count: int) -> None:
    """Every order has alerted once and in order, and the last quote is in the hash."""
    with Redis(port=server.port) as client:
        assert order_ids(client) == [f"{number:06}" for number in range(1, count + 1)]
        assert quote_of(client, "BTU")["offer"] == repr(11.0 + count)


def live_through(sky: Outage, server: Server, market: Market, senders: Senders) -> None:
    """An outage: held back, said once, over, said once, nothing lost."""
    services = (market.ingestor, market.checker)
    with sky(server):
        senders.send(MEANWHILE)
        for service in services:
            service.wait_for("Redis is away")
            status, failing = readiness(service)
            assert (status, list(failing)) == (503, ["redis"])
    senders.wait()
    for service in services:
        service.wait_for("Redis is back")
        assert len(service.events("Redis is away")) == len(service.events("Redis is back")) == 1
        assert readiness(service) == (200, {})
        assert 1 <= metrics(service)["redis_errors_total"] <= 30
    assert_nothing_lost(server, BEFORE + MEANWHILE)


@pytest.mark.parametrize("sky", OUTAGES, ids=lambda sky: sky.__name__)
def test_an_outage_is_said_once_and_loses_nothing(
    sky: Outage, server: Server, market: Market, senders: Senders
) -> None:
    """Refused, silent, timing out, READONLY, OOM, LOADING: everything waits and then takes effect once."""
    live_through(sky, server, market, senders)


@pytest.mark.parametrize(
    "sky", [outages.resetting_connections, outages.forgetting_scripts], ids=lambda sky: sky.__name__
)
def test_weather_that_lets_something_through_loses_nothing(
    sky: Outage, server: Server, market: Market, senders: Senders
) -> None:
    """Connections reset every few milliseconds, scripts forgotten: all goes on, once."""
    del market
    with sky(server):
        for _ in range(20):
            senders.send(25)
            senders.wait()
    assert_nothing_lost(server, BEFORE + 500)


def push(sock: socket.socket, data: bytes, for_at_least_s: float) -> int:
    """Send as much as is taken until nothing has been for so long; how many bytes that were."""
    sock.settimeout(for_at_least_s)
    sent = 0
    try:
        while True:
            sent += sock.send(data[sent % len(data) :])
    except TimeoutError:
        return sent


@pytest.mark.timeout(120)
@pytest.mark.slow
@pytest.mark.parametrize("stopped_s", [3, 30])
def test_senders_are_held_back_while_redis_stands_still(
    server: Server, market: Market, processes: Processes, stopped_s: int
) -> None:
    """Each service takes a few megabytes, then TCP stops its sender; memory stays; all of it is counted."""
    del processes
    market.send_quotes(frames.quote())
    quote, order = frames.frame(frames.quote()), frames.frame(frames.order())
    before = [resident_kb(each.pid) for each in (market.ingestor, market.checker)]
    with RawSender(market.quotes) as quotes, RawSender(market.orders) as orders:
        server.pause()
        sent = [
            push(quotes.sock, quote * 5000, stopped_s / 2),
            push(orders.sock, order * 5000, stopped_s / 2),
        ]
        after = [resident_kb(each.pid) for each in (market.ingestor, market.checker)]
        server.resume()
        for sender, total, one in ((quotes, sent[0], quote), (orders, sent[1], order)):
            sender.sock.settimeout(60)
            sender.send_bytes(one[total % len(one) :] if total % len(one) else b"")
            sender.finish()
    assert max(sent) < 32 << 20
    assert all(now - then < 40_000 for then, now in zip(before, after, strict=True))
    received = [
        metrics(market.ingestor)["quotes_received_total"],
        metrics(market.checker)["orders_received_total"],
    ]
    assert received == [1 + -(-sent[0] // len(quote)), -(-sent[1] // len(order))]
    with Redis(port=server.port) as client:
        assert client.xlen("alerts") == 0, "no order on a narrow market alerts"
