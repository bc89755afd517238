"""The connection to a receiver."""

import re
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from services.orders.forward.receiver import Receiver
from shared.base.address import Address
from tests.support.processes import wait_until
from tests.support.scripted_feed import free_address

MUCH = bytes(8 << 20)
ENDED = re.compile("closed|reset|pipe")


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


def turn_twice(receiver: Receiver) -> None:
    """Let it send and hear what there is, and then what that has brought."""
    for _ in range(2):
        receiver.turn(1.0)


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

    with pytest.raises(OSError, match=ENDED):
        turn_twice(receiver)  # once to hear that it sends no more, and then that it does not read either


@pytest.mark.parametrize("before", [0, 3])
def test_one_that_has_closed_its_side_gets_everything(
    receiver: Receiver, listener: socket.socket, before: int
) -> None:
    """A receiver that will say no more still gets all frames, each byte once and in order."""
    peer, _ = listener.accept()
    frames = [struct.pack(">I", 55) + bytes([number]) * 55 for number in range(20)]
    for frame in frames[:before]:
        receiver.offer(frame)
        receiver.turn(1.0)
    peer.shutdown(socket.SHUT_WR)
    receiver.turn(1.0)
    receiver.turn(0.0)

    ends = []
    for frame in frames[before:]:
        ends.append(receiver.offered + len(frame))
        receiver.offer(frame)
        while receiver.is_busy:
            receiver.turn(1.0)

    sent = b"".join(frames)
    with peer, peer.makefile("rb") as stream:
        assert stream.read(len(sent)) == sent
    assert ends == list(range((before + 1) * 59, len(sent) + 1, 59))
    wait_until(lambda: receiver.acknowledged() == len(sent), "all acknowledged")


def test_one_that_has_closed_its_side_costs_nothing(receiver: Receiver, listener: socket.socket) -> None:
    """With nothing to send, a turn lasts as long as it may, though there is an end to be read."""
    peer, _ = listener.accept()
    peer.shutdown(socket.SHUT_WR)
    receiver.turn(1.0)
    began = time.monotonic()

    receiver.turn(0.2)

    assert time.monotonic() - began >= 0.2
    peer.close()


def test_what_comes_after_the_end_is_not_believed(receiver: Receiver, listener: socket.socket) -> None:
    """A receiver that closes its side, and later its connection, acknowledges nothing from then on."""
    peer, _ = listener.accept()
    peer.shutdown(socket.SHUT_WR)
    receiver.turn(1.0)
    receiver.turn(0.0)
    wait_until(lambda: receiver.acknowledged() == 1, "it has the byte that asks")
    assert receiver.offered == 0
    assert peer.recv(10) == b"\0"
    peer.close()

    receiver.offer(bytes(59))
    with pytest.raises(OSError, match=ENDED):
        turn_twice(receiver)

    assert receiver.acknowledged() <= 1


@pytest.mark.slow
def test_one_that_is_closed_later_is_noticed(receiver: Receiver, listener: socket.socket) -> None:
    """One that closed its side and then its connection is noticed within 90 s, with nothing to send."""
    peer, _ = listener.accept()
    peer.shutdown(socket.SHUT_WR)
    receiver.turn(1.0)
    wait_until(lambda: receiver.acknowledged() == 1, "it has the byte that asks")
    assert peer.recv(10) == b"\0"
    peer.close()

    with pytest.raises(OSError, match=ENDED):
        receiver.turn(90.0)


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
