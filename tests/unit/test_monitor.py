"""The metrics port: what its clients do wrong is no news."""

import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, RemoteDisconnected

import pytest

from shared.base.address import Address
from shared.telemetry.monitor import Monitor
from tests.support.processes import wait_until

Make = Callable[[Callable[[], bytes]], Address]


@pytest.fixture
def monitor() -> Iterator[Make]:
    """Makes a monitor with this text of metrics; where it listens."""
    made: list[Monitor] = []

    def make(render: Callable[[], bytes]) -> Address:
        made.append(Monitor(Address("127.0.0.1", 0), render, dict))
        return made[0].address

    yield make
    for each in made:
        each.close()


def answered() -> bool:
    """Whether no request is being answered."""
    return not any("process_request" in thread.name for thread in threading.enumerate())


@pytest.mark.slow
def test_clients_that_go_before_their_answer_leave_no_trace(
    monitor: Make, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A reset at any point of a request is neither logged nor printed, and the next client is served."""
    address = monitor(lambda: b"x" * (8 << 20))
    for request in (b"GET /metr", b"GET /metrics HTTP/1.0\r\n\r\n") * 5:
        with socket.create_connection(address) as client:
            client.sendall(request)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection = HTTPConnection(*address, timeout=5)
    connection.request("GET", "/health/live")
    assert connection.getresponse().status == 200
    connection.close()

    wait_until(answered, "all requests are answered")
    assert capsys.readouterr().err == ""
    assert not caplog.records


def test_what_goes_wrong_in_an_answer_is_one_line(
    monitor: Make, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A mistake of ours is logged, not printed as a traceback."""

    def broken() -> bytes:
        raise ValueError("no figures")

    connection = HTTPConnection(*monitor(broken), timeout=5)
    with caplog.at_level(logging.ERROR):
        connection.request("GET", "/metrics")
        with pytest.raises(RemoteDisconnected):
            connection.getresponse()
        connection.close()
        wait_until(answered, "the request is dealt with")

    assert capsys.readouterr().err == ""
    (line,) = caplog.records
    assert "no figures" in line.getMessage()
