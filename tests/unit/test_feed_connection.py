"""One connection to a feed: answers arrive in pieces, and a broken connection is told from a closed one."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from market_spread.hello import Ack, Error, ErrorCode
from market_spread.sending.connection import FeedConnection
from shared.base.address import Address
from tests.support.processes import wait_until
from tests.support.scripted_feed import Peer


@pytest.fixture
def ends() -> Iterator[tuple[FeedConnection, Peer]]:
    """Both ends of a connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        link = FeedConnection(Address("127.0.0.1", listener.getsockname()[1]))
        peer = Peer(listener.accept()[0])
    with closing(link), closing(peer):
        yield link, peer


def test_answers_arrive_in_pieces(ends: tuple[FeedConnection, Peer]) -> None:
    """Byte by byte or several at once, every answer comes out once and in order."""
    link, peer = ends
    answers: list[Ack | Error] = [Ack(7), Ack(1 << 40), Error(ErrorCode.FENCED, "a newer connection")]
    wire = b"".join(answer.encode() for answer in answers)
    found: list[Ack | Error] = []
    for at in range(20):
        peer.sock.sendall(wire[at : at + 1])
        found += link.turn(5)
    assert found == answers[:1]
    peer.sock.sendall(wire[20:])
    assert link.turn(5) == answers[1:]


def test_sends_as_the_feed_takes_it(ends: tuple[FeedConnection, Peer]) -> None:
    """A large portion goes in parts while the feed reads, and nothing of it twice."""
    link, peer = ends
    portion = bytes(range(256)) * 100_000
    link.outgoing = memoryview(portion)
    received = bytearray()
    while link.outgoing:
        link.turn(0.01)
        received += peer.sock.recv(1 << 20)
    while len(received) < len(portion):
        received += peer.sock.recv(1 << 20)
    assert received == portion


def test_a_closed_connection_is_no_failure(ends: tuple[FeedConnection, Peer]) -> None:
    """What was answered before the close is given, and the close is noticed."""
    link, peer = ends
    peer.ack(3)
    peer.sock.shutdown(socket.SHUT_WR)
    found: list[Ack | Error] = []
    while not link.is_closed:
        found += link.turn(5)
    assert found == [Ack(3)]


def test_a_broken_connection_is_a_failure(ends: tuple[FeedConnection, Peer]) -> None:
    """A reset is an error that says so."""
    link, peer = ends
    peer.reset()
    with pytest.raises(ConnectionResetError):
        wait_until(lambda: link.turn(0.1), "an answer that never comes")
