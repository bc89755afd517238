"""Peers that mean harm or know no better: the others' orders go on taking effect within bounded time."""

import contextlib
import resource
import socket
import statistics
import time
from collections.abc import Iterator
from threading import Event, Thread

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support import frames
from tests.support.market import Market, metrics, wait_for_metric
from tests.support.memory import resident_kb
from tests.support.processes import Processes, wait_until
from tests.support.raw_sender import RawSender

IDLE = 1000
ROUND_TRIPS = 60
MEGABYTE_KB = 1024


def latencies_ms(market: Market, source: bytes) -> list[float]:
    """How long single orders of a well-behaved sender take from the send to the ACK."""
    found = []
    with RawSender(market.orders, source) as sender:
        count = sender.ack()
        for number in range(ROUND_TRIPS):
            began = time.monotonic()
            sender.send(frames.order(order_id=b"%06d" % number))
            sender.acks_until(count + number + 1)
            found.append((time.monotonic() - began) * 1000)
    return found


@pytest.fixture
def many_files() -> Iterator[None]:
    """As many open files as the system allows, for this process and those that it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def market(many_files: None, processes: Processes, redis_url: str, redis_client: Redis) -> Market:
    """Both services on an empty server."""
    del many_files, redis_client
    return Market(processes, redis_url)


def test_a_thousand_idle_connections_cost_nobody_anything(market: Market) -> None:
    """They are held, they cost little memory, and orders take no longer than before, at their quickest."""
    before_ms, before_kb = latencies_ms(market, b"before"), resident_kb(market.checker.pid)
    with contextlib.ExitStack() as stack:
        for _ in range(IDLE):
            stack.enter_context(socket.create_connection(market.orders))
        wait_for_metric(market.checker, "connections", IDLE)
        after_ms = latencies_ms(market, b"after")
        assert resident_kb(market.checker.pid) - before_kb < 20 * MEGABYTE_KB
    assert min(after_ms) < 5 * min(before_ms) + 5
    wait_for_metric(market.checker, "connections", 0)


GARBAGE = {
    "no order's length": b"\xff" * 7,
    "another feed's": frames.quote(),
    "a side that is none": frames.order(side=3),
    "a number that is none": frames.order(price=float("nan")),
    "a symbol with a space": frames.order(symbol=b"A B "),
}


@contextlib.contextmanager
def flood(address: tuple[str, int], payload: bytes) -> Iterator[None]:
    """Send a payload as fast as it is taken, on a connection of its own."""
    is_over = Event()
    block = frames.frame(payload) * 10_000

    def send() -> None:
        with socket.create_connection(address) as sock:
            while not is_over.is_set():
                sock.sendall(block)

    sending = Thread(target=send)
    sending.start()
    try:
        yield
    finally:
        is_over.set()
        sending.join()


@pytest.fixture(scope="module")
def flooded(shared_processes: Processes, any_server: Server) -> Market:
    """Both services, shared by the floods."""
    return Market(shared_processes, any_server.url)


@pytest.mark.parametrize("payload", GARBAGE.values(), ids=GARBAGE)
@pytest.mark.slow
def test_garbage_at_full_speed_delays_others_by_a_bounded_time(flooded: Market, payload: bytes) -> None:
    """Whatever the garbage: half of the others' orders take less than 0.1 s, all less than 1 s."""

    def rejected() -> float:
        return sum(value for name, value in metrics(flooded.checker).items() if "rejected_total" in name)

    before = rejected()
    with flood(flooded.orders, payload):
        found = sorted(latencies_ms(flooded, b"desk"))
        wait_until(lambda: rejected() > before + 10_000, "much garbage is refused", state=rejected)
    assert statistics.median(found) < 100
    assert found[-1] < 1000


def test_a_sender_that_never_reads_its_acks_harms_nobody(market: Market, redis_client: Redis) -> None:
    """Its orders take effect, what waits to be told is one ACK, and others are served as before."""
    before_kb = resident_kb(market.checker.pid)
    with RawSender(market.orders, b"deaf") as deaf:
        deaf.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        for number in range(20_000):
            deaf.send(frames.order(order_id=b"%06d" % number))
        wait_for_metric(market.checker, "orders_received_total", 20_000)
        assert max(latencies_ms(market, b"desk")) < 1000
        assert resident_kb(market.checker.pid) - before_kb < 20 * MEGABYTE_KB
        deaf.acks_until(20_000)
    assert redis_client.hget("position:{alerts}:orders:deaf", "position") == b"20000"
