"""What one turn of a listening feed reads: a fair share of each connection that has something."""

import fcntl
import socket
import struct
import termios
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from market_spread.framing import frame
from shared.base.address import Address
from shared.feed.batch import FrameBatch
from shared.feed.connection import Connection
from shared.feed.listener import Listener
from shared.feed.session import FrameSession
from tests.support.processes import wait_until

FRAME = frame(b"\x02" * 96)
"""Of 100 bytes."""
LEAST = 82
"""Frames in the least share: two frames of the greatest length."""
LEAST_BYTES = LEAST * len(FRAME)


class Feed:
    """A listener with senders that send the same frame again and again.

    Args:
        senders: how many.
        shares: how many least shares its buffer holds.
    """

    def __init__(self, senders: int, shares: int) -> None:
        self._stack = ExitStack()
        self.listener = Listener(
            Address("127.0.0.1", 0), max_connections=senders, buffer_bytes=shares * LEAST_BYTES
        )
        self._stack.callback(self.listener.close)
        assert self.listener.address is not None
        self._senders = [
            self._stack.enter_context(socket.create_connection(self.listener.address)) for _ in range(senders)
        ]
        wait_until(self._accepts_all, "all are connected")

    def _accepts_all(self) -> bool:
        assert not self.listener.poll(0.1).messages
        return self.listener.connections == len(self._senders)

    @property
    def connections(self) -> set[Connection]:
        """The listener's."""
        return self.listener._connections

    def send(self, frames: int) -> None:
        """Let each sender send so many frames, and wait until a good part of them has arrived."""
        for sender in self._senders:
            sender.sendall(FRAME * frames)
        arrived = min(frames * len(FRAME), 50_000)
        wait_until(lambda: all(_waiting(each) >= arrived for each in self.connections), "frames arrive")

    def close(self) -> None:
        """End everything."""
        self._stack.close()


def _waiting(connection: Connection) -> int:
    """How many bytes have arrived and were not read."""
    (count,) = struct.unpack("i", fcntl.ioctl(connection.sock, termios.FIONREAD, bytes(4)))
    return int(count)


def shares(batch: FrameBatch) -> dict[FrameSession, int]:
    """How many frames of each connection a batch has."""
    return {segment.sender: segment.messages for segment in batch.parts}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes what is made."""
    with ExitStack() as made:
        yield made


def make(stack: ExitStack, senders: int, shares: int) -> Feed:
    """A feed that ends with the test."""
    feed = Feed(senders, shares)
    stack.callback(feed.close)
    return feed


def test_one_alone_gets_all_the_room(stack: ExitStack) -> None:
    """What it has sent beyond that is read in the next turn."""
    feed = make(stack, 1, 5)
    feed.send(450)
    assert list(shares(feed.listener.poll(1)).values()) == [5 * LEAST]
    assert list(shares(feed.listener.poll(1)).values()) == [450 - 5 * LEAST]


def test_four_get_a_quarter_each(stack: ExitStack) -> None:
    """However much each of them has sent."""
    feed = make(stack, 4, 10)
    feed.send(400)
    assert sorted(shares(feed.listener.poll(1)).values()) == [205] * 4


def test_what_one_leaves_is_for_those_after_it(stack: ExitStack) -> None:
    """Nothing of the room is kept for who has sent little."""
    feed = make(stack, 2, 10)
    little = next(iter(feed._senders))
    feed.send(10)
    for sender in feed._senders:
        if sender is not little:
            sender.sendall(FRAME * 490)
    wait_until(lambda: sorted(map(_waiting, feed.connections)) == [1000, 50_000], "frames arrive")
    found = sorted(shares(feed.listener.poll(1)).values())
    assert found in ([10, 410], [10, 500])  # by whether it comes before the one that has sent little


def test_where_there_are_very_many_some_get_the_least_share(stack: ExitStack) -> None:
    """A share always holds a whole frame of any length; those for whom there is no room are not read."""
    feed = make(stack, 12, 5)
    feed.send(200)
    batch = feed.listener.poll(1)
    assert list(shares(batch).values()) == [LEAST] * 5
    assert not batch.ended


def test_another_one_is_first_each_time(stack: ExitStack) -> None:
    """So all get their turn, although there is never room for all."""
    feed = make(stack, 12, 5)
    feed.send(1000)
    turns = Counter(each for _ in range(12) for each in shares(feed.listener.poll(1)))
    assert len(turns) == 12
    assert sum(turns.values()) == 12 * 5


def test_who_sends_garbage_gets_the_least_share(stack: ExitStack) -> None:
    """The other one has the rest of the room."""
    feed = make(stack, 2, 10)
    feed.send(500)
    distrusted = next(iter(feed.connections)).session
    distrusted.is_distrusted = True
    found = shares(feed.listener.poll(1))
    assert found.pop(distrusted) == LEAST
    assert list(found.values()) in ([410], [500])  # by which of them is first


def test_who_wakes_a_feed_that_is_closed_is_not_bothered() -> None:
    """A thread that waits for a stream has news while the service ends."""
    listener = Listener(None, max_connections=1, buffer_bytes=1)
    listener.close()
    listener.wake()


def test_a_connection_that_was_closed_can_be_dismissed(stack: ExitStack) -> None:
    """A commit that was on its way when the connection was lost may end later, and find a newer owner."""
    feed = make(stack, 1, 1)
    (connection,) = feed.connections
    connection.abandon()
    connection.dismiss()
    assert feed.listener.connections == 0
    assert not feed.listener.poll(0).messages
