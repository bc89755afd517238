"""The port of FIX counterparties: shares of what is read, peers that do not read, and orderly ends."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from shared.base.address import Address
from shared.feed.fix import listener as listener_module
from shared.feed.fix.connection import MOST_UNSENT, FixConnection
from shared.feed.fix.listener import Arrival, FixListener
from tests.support.processes import wait_until

BUFFER = 1 << 16


@pytest.fixture
def listener() -> Iterator[FixListener]:
    """On a free port, for three connections."""
    made = FixListener(Address("127.0.0.1", 0), max_connections=3, buffer_bytes=BUFFER)
    with closing(made):
        yield made


def address_of(listener: FixListener) -> Address:
    """Where it listens."""
    assert listener.address is not None
    return listener.address


def connect(listener: FixListener) -> tuple[socket.socket, FixConnection]:
    """A peer, and its connection."""
    peer = socket.create_connection(address_of(listener), timeout=10)
    (arrival,) = arrivals(listener, 1)
    assert arrival.data is None
    return peer, arrival.connection


def arrivals(listener: FixListener, count: int) -> list[Arrival]:
    """So many arrivals, of as many polls as it takes."""
    found: list[Arrival] = []

    def poll() -> bool:
        found.extend(listener.poll())
        return len(found) >= count

    wait_until(poll, f"{count} arrivals", state=lambda: found)
    return found


def test_those_that_send_much_leave_room_for_the_others(listener: FixListener) -> None:
    """What a turn reads is bounded, and each has a like share of it, whoever comes first."""
    made = [connect(listener) for _ in range(3)]
    with made[0][0], made[1][0], made[2][0]:
        for peer, _ in made:
            peer.setblocking(False)
            peer.send(b"x" * (2 * BUFFER))
        turns = [list(listener.poll()) for _ in range(3)]
    sizes = [[len(each.data or b"") for each in turn] for turn in turns]
    assert [len(each) for each in sizes] == [3, 3, 3]
    assert all(BUFFER / 2 < sum(each) <= BUFFER for each in sizes)
    assert all(max(each) < 2 * min(each) for each in sizes)
    assert {turn[0].connection for turn in turns} == {line for _, line in made}


def test_who_sends_orders_in_a_row_is_read_in_larger_pieces(
    listener: FixListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as what was read last is such a row, and no more of it in a turn than its share."""
    for name, size in (("LEAST", 1), ("LARGEST", 2), ("FLOWING", 8)):
        monkeypatch.setattr(listener_module, f"_{name}_SHARE", size)
    monkeypatch.setattr(listener_module, "_FLOWING_TURN", 20)
    peer, line = connect(listener)
    with peer:
        peer.send(b"x" * 42)
        for is_flowing, sizes in ((False, [2]), (True, [8, 8, 4])):
            line.is_flowing = is_flowing
            assert [len(each.data or b"") for each in arrivals(listener, len(sizes))] == sizes
        poll = listener.poll()
        assert next(poll).data == b"x" * 8
        line.is_flowing = False
        assert list(poll) == []
        assert [each.data for each in listener.poll()] == [b"xx"]
        line.is_flowing = True
        assert [each.data for each in listener.poll()] == [b"x" * 8, b"xx"]


def test_who_is_not_to_be_read_waits(listener: FixListener) -> None:
    """What it has sent is there afterwards."""
    peer, line = connect(listener)
    with peer:
        peer.send(b"hello")
        assert list(listener.poll(lambda each: each is not line)) == []
        assert [each.data for each in arrivals(listener, 1)] == [b"hello"]


def test_a_peer_that_reads_nothing_is_closed(listener: FixListener) -> None:
    """What waits for it is bounded."""
    peer, line = connect(listener)
    with peer:
        while listener.connections:
            line.send(b"x" * (MOST_UNSENT // 2))
            listener.flush(line)
        assert listener.connections == 0


def test_what_a_slow_peer_does_not_take_at_once_is_sent_later(listener: FixListener) -> None:
    """All of it arrives, in order."""
    peer, line = connect(listener)
    sent = bytes(range(256)) * 4000
    with peer:
        line.send(sent)
        listener.flush(line)
        received = b""
        while len(received) < len(sent):
            received += peer.recv(1 << 16)
            list(listener.poll())
    assert received == sent


def test_last_words_reach_the_peer_before_the_end(listener: FixListener) -> None:
    """What it still sends is dropped; the connection is closed once the peer has closed its side."""
    peer, line = connect(listener)
    with peer:
        line.send(b"bye")
        listener.leave(line)
        peer.send(b"not read")
        assert (peer.recv(10), peer.recv(10)) == (b"bye", b"")
        list(listener.poll())
        assert listener.connections == 1
    wait_until(lambda: list(listener.poll()) == [] and not listener.connections, "the connection is closed")


def test_a_peer_that_ends_and_one_too_many(listener: FixListener) -> None:
    """The end is an arrival without data; a connection beyond the bound is closed at once."""
    peers = [connect(listener) for _ in range(3)]
    with socket.create_connection(address_of(listener), timeout=10) as fourth:
        wait_until(lambda: list(listener.poll()) == [], "nothing arrives")
        assert fourth.recv(1) == b""
    assert listener.connections == 3
    for peer, line in peers:
        peer.close()
        assert [(each.connection, each.data) for each in arrivals(listener, 1)] == [(line, b"")]
        listener.close_connection(line)
    assert listener.connections == 0
