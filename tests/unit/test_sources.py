"""Sources and their connections, with a Redis that takes everything."""

import gc
import time
import weakref
from collections.abc import Sequence
from typing import Any, cast

from shared.base.source import Source
from shared.commit.positions import Positions
from shared.commit.source_commit import SourceCommit
from shared.feed.connection import Connection
from shared.feed.listener import Listener
from shared.redis.retry import RedisRetry
from shared.service.ack_batching import SILENCE_S
from shared.service.sources import Sources


class Stub:
    """A connection."""

    peer = "a peer"
    source: Source | None = None
    is_dismissed = False

    def acknowledge(self, _: int) -> bool:
        """See `Connection`."""
        return True

    def acknowledge_tcp(self) -> None:
        """See `Connection`."""


class Dismissing:
    """A feed."""

    def dismiss(self, connection: Stub, _: Any) -> None:
        """See `Listener`."""
        connection.is_dismissed = True


class Taking:
    """Positions in a Redis that takes everything."""

    def open(self, sources: Sequence[Source]) -> list[str]:
        """See `Positions`."""
        return [source.position for source in sources]

    def start(self, _: Sequence[SourceCommit]) -> None:
        """See `Positions`."""

    def commit(self, batch: Sequence[SourceCommit]) -> None:
        """See `Positions`."""
        for pending in batch:
            for _ in list(pending.left()):
                pending.done()


class OneSegment:
    """A batch of one connection's frames that have no effect."""

    first, frames = 0, 3

    def __init__(self, connection: Stub) -> None:
        self.connection = connection
        self.segments = [self]


def test_a_fenced_connection_is_forgotten() -> None:
    """Whoever reconnects under its name again and again fills no memory."""
    retry = RedisRetry(lambda: False, lambda: None)
    sources = Sources(
        cast(Listener, Dismissing()), cast(Positions, Taking()), lambda source: f"position:{source}", retry
    )
    known: list[weakref.ref[Stub]] = []
    for _ in range(3):
        connection = Stub()
        known.append(weakref.ref(connection))
        sources.open([(cast(Connection, connection), b"desk")])
        sources.begin(cast(Any, OneSegment(connection)), [])
        time.sleep(2 * SILENCE_S)  # a sender that waits for its ACK is remembered as one
        sources.settle()
    del connection
    gc.collect()
    assert [each() is not None for each in known] == [False, False, True]
