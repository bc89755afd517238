"""What a sender without HELLO can lose: what was on its way to a checker that dies, and no more."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support import frames
from tests.support.market import entries_after
from tests.support.outages import SYNCED
from tests.support.processes import Processes, wait_until
from tests.support.servers import chosen_kinds, make_server

ORDERS = 30_000
BLOCK = 100


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of the test's own that keeps what it has answered."""
    made = make_server(chosen_kinds()[-1], SYNCED)
    made.start()
    yield made
    made.close()


def block(first: int) -> bytes:
    """Orders that all alert, numbered in order_id."""
    return b"".join(frames.frame(frames.order(b"NONE", b"%06d" % n)) for n in range(first, first + BLOCK))


def send(sock: socket.socket, first: int, end: int) -> int:
    """Send orders until all are sent or the connection breaks; the number of the first that was not sent."""
    for number in range(first, end, BLOCK):
        try:
            sock.sendall(block(number))
        except OSError:
            return number + BLOCK
    return end


def has_checkers(client: Redis) -> bool:
    """Whether a checker is connected to Redis."""
    clients: Any = client.client_list()
    return any(each["name"].startswith("market-spread-check") for each in clients)


def numbers(client: Redis) -> list[int]:
    """The orders that alerted."""
    return [int(alert["order_id"]) for alert in entries_after(client)]


@pytest.mark.slow
def test_a_killed_checker_costs_plain_senders_only_what_was_on_its_way(
    processes: Processes, server: Server
) -> None:
    """Orders sent but not in effect when it died are gone, as one run of them; all others count once."""
    with Redis(port=server.port) as client:
        checker = processes.check(server.url)
        with socket.create_connection(checker.address()) as sock:
            send(sock, 0, ORDERS // 2)
            wait_until(lambda: client.xlen("alerts"), "orders take effect")
            checker.kill()
            wait_until(lambda: not has_checkers(client), "Redis has read its last commit")
            in_effect = numbers(client)
            sent = send(sock, ORDERS // 2, ORDERS)
        assert in_effect == list(range(len(in_effect)))
        checker = processes.check(server.url)
        with socket.create_connection(checker.address()) as sock:
            send(sock, sent, ORDERS)
            finish(sock)
        assert numbers(client) == [*in_effect, *range(sent, ORDERS)]


@pytest.mark.slow
def test_a_killed_redis_costs_plain_senders_nothing(processes: Processes, server: Server) -> None:
    """The checker holds what it has received and TCP the rest, while Redis is killed and started again."""
    checker = processes.check(server.url)
    with Redis(port=server.port) as client, socket.create_connection(checker.address()) as sock:
        for start in range(0, ORDERS, ORDERS // 3):
            send(sock, start, start + ORDERS // 3)
            server.kill()
            server.start()
        finish(sock)
        assert numbers(client) == list(range(ORDERS))


@pytest.mark.slow
def test_a_broken_connection_costs_plain_senders_only_its_last_frame(
    processes: Processes, server: Server
) -> None:
    """Whole frames that reached the checker take effect though the sender is gone."""
    checker = processes.check(server.url)
    with Redis(port=server.port) as client:
        with socket.create_connection(checker.address()) as sock:
            sock.sendall(block(0) + block(BLOCK)[:-1])
        wait_until(lambda: client.xlen("alerts") >= 2 * BLOCK - 1, "all whole frames take effect")
        assert numbers(client) == list(range(2 * BLOCK - 1))
        checker.wait_for("connection ended inside frame")


def finish(sock: socket.socket) -> None:
    """Half-close and wait until everything has taken effect."""
    sock.settimeout(30)
    sock.shutdown(socket.SHUT_WR)
    assert sock.recv(1) == b""
