"""The version before and this one: each resumes what the other left, and both run side by side."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from redis import Redis

from services.cli.local.embedded import free_port
from tests.support import frames
from tests.support.desk import Desk
from tests.support.market import entries_after, order_ids, quote_of
from tests.support.order_streams import add, checked, checker
from tests.support.processes import Process, Processes, wait_until
from tests.support.raw_sender import FENCED, RawSender
from tests.support.receiving import OVERLAP, Receiving, assert_complete, position, start_forwarder
from tests.support.servers import one_server
from tests.support.steady_sender import SteadySender
from tests.support.version_before import install, processes_of

STREAM_ORDERS: Final = 1_000_000
"""The accounts of orders from the stream count on from here, those by TCP from 0."""
SYMBOLS: Final = 20

pytestmark = one_server


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the packages of the version before are."""
    return install(tmp_path_factory.mktemp("before"))


@pytest.fixture
def before(installed: Path) -> Iterator[Processes]:
    """Starts services of the version before."""
    with processes_of(installed) as started:
        yield started


class Versions(NamedTuple):
    """Which version is there first, and which one comes then."""

    first: Processes
    then: Processes


@pytest.fixture(params=["upgrade", "downgrade"])
def versions(request: pytest.FixtureRequest, before: Processes, processes: Processes) -> Versions:
    """The version before and this one, in both orders."""
    return Versions(before, processes) if request.param == "upgrade" else Versions(processes, before)


def test_a_source_that_goes_to_the_other_version_and_back_is_fenced_where_it_was(
    versions: Versions, redis_url: str, redis_client: Redis
) -> None:
    """Checkers of both versions side by side: the newest connection has the source, each order alerts once."""
    checkers = [each.check(redis_url).address() for each in (*versions, *versions)]
    desk = Desk(checkers[0])
    desk.send(3)
    desk.sender.acks_until(3)
    for address in checkers[1:]:
        older, sent = desk.sender, desk.sent
        desk = Desk(address)
        assert desk.sender.acked == len(sent)
        older.send(*frames.alerting(1, start=len(sent)))
        assert older.error()[0] == FENCED
        older.close()
        desk.sent = sent
        desk.send(3)
        desk.sender.acks_until(len(desk.sent))
    desk.finish()

    assert order_ids(redis_client) == [f"{number}" for number in range(12)]


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


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_services_are_replaced_by_the_other_version_under_load(
    versions: Versions, end: signal.Signals, redis_url: str, redis_client: Redis, receiving: Receiving
) -> None:
    """Every order alerts once, quotes end at the last, and the forwarder goes on from the stored position.

    It repeats its overlap, as after every new connection.
    """
    site = Site(redis_url, redis_client, receiving, versions.first)
    site.replace_all(versions.then, end)
    quotes, orders = site.finish()

    accounts = checked(redis_client)
    by_tcp = [account for account in accounts if account < STREAM_ORDERS]
    by_stream = [account for account in accounts if account >= STREAM_ORDERS]
    assert by_tcp == list(range(orders))
    assert by_stream == list(range(STREAM_ORDERS, STREAM_ORDERS + site.from_stream))
    for number in range(quotes - SYMBOLS, quotes):
        assert quote_of(redis_client, f"S{number % SYMBOLS:03}")["bid"] == repr(float(number))
    assert site.orders.connections == site.quotes.connections == 2
    place = {account: at for at, account in enumerate(accounts)}
    received = [[place[account] for account in each] for each in receiving.connections()]
    assert_complete(received, len(accounts))
    assert [each[0] for each in received] == [0, max(0, site.forwarded - OVERLAP)]


@pytest.mark.slow
def test_checkers_of_both_versions_stand_by_for_each_other(
    versions: Versions, redis_url: str, redis_client: Redis
) -> None:
    """On one stream: whoever stands still is replaced by the other and finds that out; each order once."""
    owner, standby = (checker(each, redis_url, "orders") for each in versions)
    standby.wait_for("standing by")
    added = 0
    for turn in range(4):
        os.kill(owner.pid, signal.SIGSTOP)
        added = add_some(redis_client, added)
        wait_until(lambda: len(checked(redis_client)) == added, "the standby takes over")
        os.kill(owner.pid, signal.SIGCONT)
        added = add_some(redis_client, added)
        wait_until(lambda: len(checked(redis_client)) == added, "one of them goes on")
        wait_until(
            lambda: len(owner.events("has another owner")) > turn // 2, "the owner of before stands by"
        )
        owner, standby = standby, owner
    owner.kill()
    added = add_some(redis_client, added)
    wait_until(lambda: len(checked(redis_client)) >= added, "the standby takes over from a killed one")

    assert checked(redis_client) == list(range(added))


def add_some(client: Redis, first: int) -> int:
    """Add orders to the stream, numbered from `first` on; the next number."""
    for number in range(first, first + 200):
        add(client, number)
    return first + 200
