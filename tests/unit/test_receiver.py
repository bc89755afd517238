"""The connection to a receiver."""

import socket
import threading
from collections.abc import Iterator

import pytest

from services.orders.receiver import Receiver
from shared.address import Address
from tests.processes import wait_until
from tests.scripted_feed import free_address

MUCH = bytes(8 << 20)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A listening socket whose connections have small receive buffers."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock


@pytest.fixture
def receiver(listener: socket.socket) -> Iterator[Receiver]:
    """Connected to the listener."""
    made = Receiver(Address(*listener.getsockname()))
    yield made
    made.close()


def send_what_is_taken(receiver: Receiver) -> None:
    """Send until nothing more is taken."""
    before = 0
    while not before or receiver.acknowledged() != before:
        before = receiver.acknowledged()
        receiver.turn(0.1)


def test_what_lies_in_our_own_buffer_is_not_acknowledged(receiver: Receiver) -> None:
    """Of what the system has accepted, only what fits into the other side's buffer counts."""
    receiver.offer(MUCH)

    send_what_is_taken(receiver)

    accepted = receiver.offered - len(receiver._unsent)
    assert 0 < receiver.acknowledged() <= 32768 < accepted
    assert receiver.is_busy


def test_all_is_acknowledged_when_all_was_read(receiver: Receiver, listener: socket.socket) -> None:
    """When the other side has read everything, everything is acknowledged, and nothing waits."""
    peer, _ = listener.accept()
    read: list[int] = []

    def read_all() -> None:
        while sum(read) < len(MUCH):
            read.append(len(peer.recv(1 << 20)))

    reader = threading.Thread(target=read_all)
    reader.start()
    receiver.offer(MUCH)
    while receiver.is_busy:
        receiver.turn(1.0)
    reader.join()
    peer.close()

    wait_until(lambda: receiver.acknowledged() == len(MUCH), "all acknowledged")


@pytest.mark.parametrize("is_reset", [False, True])
def test_an_end_of_the_connection_is_noticed(
    receiver: Receiver, listener: socket.socket, *, is_reset: bool
) -> None:
    """A receiver that closes, and one that dies with bytes unread, are noticed without anything to send."""
    peer, _ = listener.accept()
    if is_reset:
        receiver.offer(b"unread")
        receiver.turn(1.0)
        wait_until(lambda: receiver.acknowledged() == len(b"unread"), "acknowledged")
    peer.close()

    with pytest.raises(ConnectionResetError):
        receiver.turn(1.0)


def test_what_the_receiver_says_is_dropped(receiver: Receiver, listener: socket.socket) -> None:
    """A receiver that sends something disturbs nothing."""
    peer, _ = listener.accept()
    peer.sendall(b"hello")

    receiver.turn(1.0)
    receiver.offer(b"frame")
    receiver.turn(1.0)

    assert peer.recv(100) == b"frame"
    peer.close()


def test_a_connection_to_oneself_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """TCP may connect a free port to itself: nobody would be there, and everything would be acknowledged."""
    connect = socket.create_connection

    def connect_from_there(address: Address, timeout: float) -> socket.socket:
        return connect(address, timeout, source_address=tuple(address))

    free = free_address()
    monkeypatch.setattr(socket, "create_connection", connect_from_there)

    with pytest.raises(ConnectionRefusedError):
        Receiver(free)
