"""The forwarder and a receiver that closes its side, which says nothing about the forwarder's."""

import socket
from collections.abc import Iterator

import pytest
from redis import Redis

from tests.support import receiver
from tests.support.market import health
from tests.support.processes import TIMEOUT_S, Processes, wait_until
from tests.support.receiving import OVERLAP, add_alerts, position, start_forwarder
from tests.support.servers import one_server

FRAME_BYTES = 59
"""Of an alert for a symbol of up to four letters."""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Where receivers listen."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        sock.settimeout(TIMEOUT_S)
        yield sock


class Reading:
    """A receiver's end of the next connection.

    Args:
        listener: where it is made.
    """

    def __init__(self, listener: socket.socket) -> None:
        self.sock, _ = listener.accept()
        self.sock.settimeout(TIMEOUT_S)
        self._read = b""

    def accounts(self, count: int) -> list[int]:
        """The accounts of so many alerts, from the beginning of the connection."""
        while len(self._read) < count * FRAME_BYTES:
            received = self.sock.recv(count * FRAME_BYTES - len(self._read))
            assert received, "the forwarder has closed"
            self._read += received
        return [result.account for result in receiver.unpack(self._read)]


def to(listener: socket.socket) -> str:
    """For `--to`."""
    return f"127.0.0.1:{listener.getsockname()[1]}"


@one_server
@pytest.mark.parametrize("waiting", [0, 50])
def test_a_receiver_that_closes_its_side_gets_its_alerts(
    processes: Processes, redis_client: Redis, redis_url: str, listener: socket.socket, waiting: int
) -> None:
    """Closed for sending at once or later, it gets what is there and what comes, each once."""
    add_alerts(redis_client, 0, waiting)
    process = start_forwarder(processes, redis_url, to(listener))
    reading = Reading(listener)
    reading.sock.shutdown(socket.SHUT_WR)
    assert reading.accounts(waiting) == list(range(waiting))
    wait_until(lambda: position(redis_client) == waiting, "the position behind what was there")

    add_alerts(redis_client, waiting, 3)
    assert reading.accounts(waiting + 3) == list(range(waiting + 3))
    add_alerts(redis_client, waiting + 3, 2000)

    assert reading.accounts(waiting + 2003) == list(range(waiting + 2003))
    wait_until(lambda: position(redis_client) == waiting + 2003, "the position behind all")
    assert len(process.events("connected to")) == 1
    assert health(process)[0] == 200
    reading.sock.close()


@one_server
def test_a_receiver_that_closes_its_connection_is_left(
    processes: Processes, redis_client: Redis, redis_url: str, listener: socket.socket
) -> None:
    """One that is closed as a whole while nothing is to be sent is noticed, and what it had comes again."""
    add_alerts(redis_client, 0, 10)
    start_forwarder(processes, redis_url, to(listener))
    first = Reading(listener)
    assert first.accounts(10) == list(range(10))
    wait_until(lambda: position(redis_client) == 10, "the position behind what was read")

    first.sock.close()

    second = Reading(listener)
    assert second.accounts(10) == list(range(10))
    second.sock.close()


@one_server
def test_what_is_sent_to_one_that_has_gone_does_not_count(
    processes: Processes, redis_client: Redis, redis_url: str, listener: socket.socket
) -> None:
    """After a receiver has closed its side and then its connection, the next one gets all that comes."""
    start_forwarder(processes, redis_url, to(listener), "--overlap", "0")
    first = Reading(listener)
    first.sock.shutdown(socket.SHUT_WR)
    add_alerts(redis_client, 0, 10)
    assert first.accounts(10) == list(range(10))
    wait_until(lambda: position(redis_client) == 10, "the position behind what was read")
    first.sock.close()

    add_alerts(redis_client, 10, OVERLAP)

    second = Reading(listener)
    assert second.accounts(OVERLAP) == list(range(10, 10 + OVERLAP))
    second.sock.close()
