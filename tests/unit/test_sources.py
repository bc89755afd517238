"""What sources know to be waiting when they have to give up."""

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

import pytest

from services.orders.alert import Alert
from shared.batch import Batch, Segment
from shared.connection import Connection
from shared.feed import Feed
from shared.insist import GaveUp, Insistence
from shared.pending import Source
from shared.positions import Positions
from shared.redis_link import Command, RedisAway, Reply
from shared.sources import Sources

ALERT = cast(Alert, type("SomeAlert", (), {"frame": 0})())


class TakesNothing:
    """A link to a Redis that is away for ever."""

    def start(self, _: Iterable[Command]) -> Callable[[], list[Reply]]:
        """See `Link.start`."""
        raise RedisAway("no answer")

    def roundtrip(self, _: Iterable[Command]) -> list[Reply]:
        """See `Link.roundtrip`."""
        raise RedisAway("no answer")

    def close(self) -> None:
        """See `Link.close`."""


@pytest.fixture
def connection() -> Iterator[Connection]:
    """The connection of a resumable source that has just been settled."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = Connection(ours, "peer")
        connection.source = Source("position:orders:desk", "me", "1000")
        yield connection


def batch_of(connection: Connection, frames: int) -> Batch:
    """So many frames of one connection."""
    batch = Batch(bytearray())
    batch.add(Segment(connection, [], 0, frames, 0, time.monotonic_ns()))
    return batch


def test_unsettled_frames_before_those_of_a_lost_commit_count_as_waiting(connection: Connection) -> None:
    """Frames without alerts, then some with: all are waiting when Redis never answers."""
    gives_up = Insistence(lambda: True, lambda: None)
    sources = Sources(cast(Feed, None), Positions(TakesNothing()), cast(Any, str), gives_up)
    sources._settled_at = time.monotonic() + 60
    sources.begin(batch_of(connection, 30), [])
    assert sources.waiting == 30
    with pytest.raises(GaveUp):
        sources.begin(batch_of(connection, 4), [ALERT])
    assert sources.waiting == 34
