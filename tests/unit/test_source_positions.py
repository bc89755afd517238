"""How far each source has come: what of a batch is whose, and the position after each chunk."""

from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple, cast

import pytest

from shared.base.source import Origin, Source
from shared.commit.positions import Positions
from shared.commit.source_commit import Outcome, SourceCommit
from shared.feed.batch import Batch, Segment
from shared.feed.connection import Connection
from shared.feed.listener import Listener
from shared.redis.link import RedisLink, Word
from shared.redis.retry import RedisRetry
from shared.service.sources import Sources


@pytest.fixture(autouse=True)
def _no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.service.ack_batching.time.monotonic", lambda: 1000.0)


class Stub:
    """A connection."""

    peer = "a peer"
    is_dismissed = False

    def __init__(self) -> None:
        self.source: Source | None = None
        self.acks: list[int] = []

    def acknowledge(self, frames: int) -> bool:
        """See `Connection`."""
        self.acks.append(frames)
        return True

    def acknowledge_tcp(self) -> None:
        """See `Connection`."""


class Feed:
    """Knows whose connections were closed without a word."""

    def __init__(self) -> None:
        self.abandoned: list[Stub] = []

    def abandon(self, connection: Stub) -> None:
        """See `Listener`."""
        self.abandoned.append(connection)


class Redis:
    """Positions in a Redis that takes everything, and notes the chunks."""

    def __init__(self, at: Sequence[int]) -> None:
        self._at = iter(at)
        self.chunks: list[tuple[str, list[Word], str]] = []
        """Of which source, the frames that they are about, and the position after them."""
        self.outcome = Outcome.COMMITTED

    @staticmethod
    def arguments_of(_: Sequence[Origin], effects: Sequence["Mark"]) -> list[Word]:
        """See `Positions`."""
        return [effect.frame for effect in effects]

    def open(self, sources: Sequence[Source]) -> list[str]:
        """See `Positions`."""
        for source in sources:
            source.position = str(next(self._at))
        return [source.position for source in sources]

    def start(self, _: Sequence[SourceCommit]) -> None:
        """See `Positions`."""

    def commit(self, batch: Sequence[SourceCommit]) -> None:
        """See `Positions`."""
        for pending in batch:
            for chunk in list(pending.left()):
                self.chunks.append((pending.source.key, chunk.words, chunk.position))
                pending.done()
            pending.outcome = self.outcome


class Mark(NamedTuple):
    """An effect of a frame."""

    frame: int


class Desk:
    """Sources that stand somewhere, and what becomes of their batches.

    Args:
        at: the position of each; their names are `a`, `b` and so on.
    """

    def __init__(self, *at: int) -> None:
        self.feed, self.redis = Feed(), Redis(at)
        retry = RedisRetry(lambda: False, lambda: None)
        positions = cast(Positions, self.redis)
        self.sources = Sources(cast(Listener, self.feed), positions, lambda name: name, retry)
        self.connections = [Stub() for _ in at]
        names = (b"%c" % letter for letter in count(ord("a")))
        self.sources.open(cast(Any, list(zip(self.connections, names, strict=False))))

    def take(self, frames: Sequence[int], *effects: int) -> list[int]:
        """A batch with so many frames of each source; the effects that were committed, by their frames."""
        batch = Batch(bytearray())
        for connection, number in zip(self.connections, frames, strict=True):
            if number:
                batch.add(Segment(cast(Connection, connection), [], batch.frames, number, 0, 0))
        self.sources.begin(batch, [Mark(frame) for frame in effects])
        return [effect.frame for effect in self.sources.conclude()]


def test_each_source_gets_its_effects_and_moves_by_its_frames() -> None:
    """Those of its first and last frame, too, however they lie in the batch."""
    desk = Desk(100, 200, 300)
    assert desk.take([10, 5, 1], 0, 9, 10, 14, 15) == [0, 9, 10, 14, 15]
    assert desk.redis.chunks == [("a", [0, 9], "110"), ("b", [10, 14], "205"), ("c", [15], "301")]
    assert [each.acks for each in desk.connections] == [[100, 110], [200, 205], [300, 301]]


def test_a_chunk_ends_before_the_frame_that_begins_the_next_one() -> None:
    """Counted from where the source stood, not from the start of the batch."""
    desk = Desk(100, 200)
    desk.take([10, 1500], 3, 12, 1509)
    desk.take([0, 2100], *range(0, 2100, 2))
    sizes = [(key, len(words), position) for key, words, position in desk.redis.chunks]
    assert sizes == [("a", 1, "110"), ("b", 2, "1700"), ("b", 1000, "3700"), ("b", 50, "3800")]


def test_frames_without_an_effect_count_with_those_that_come_later() -> None:
    """They are acknowledged with them, and only once."""
    desk = Desk(100)
    desk.take([1])  # the first are settled at once
    desk.take([4])
    desk.take([3])
    assert desk.sources.waiting == 7
    desk.take([2], 1)
    assert desk.redis.chunks == [("a", [], "101"), ("a", [1], "110")]
    assert desk.connections[0].acks == [100, 101, 110]
    assert desk.sources.waiting == 0


def test_frames_without_an_effect_are_settled_where_they_end() -> None:
    """Each source by its own frames."""
    desk = Desk(100, 200)
    desk.take([4, 2])
    desk.sources.settle()
    desk.sources.settle()
    assert desk.redis.chunks == [("a", [], "104"), ("b", [], "202")]
    assert [each.acks for each in desk.connections] == [[100, 104], [200, 202]]


class Stored:
    """A link to a Redis that has these values of a position."""

    def __init__(self, *values: bytes | None) -> None:
        self._values = values

    def roundtrip(self, _: Any) -> list[Any]:
        """See `RedisLink`."""
        return [list(self._values)]


@pytest.mark.parametrize(
    ("position", "is_lost"), [(b"99", True), (b"100", False), (b"101", False), (None, True), (b"x", False)]
)
def test_a_position_before_the_one_known_is_a_loss(position: bytes | None, *, is_lost: bool) -> None:
    """The sender has to ask where to go on then, and only then."""
    desk = Desk(100)
    source = desk.connections[0].source
    assert source is not None
    desk.sources.look_for_losses(cast(RedisLink, Stored(source.owner.encode(), position, b"0")))
    desk.sources.send_back_the_lost()
    assert bool(desk.feed.abandoned) is is_lost


def test_what_is_not_committed_is_neither_acknowledged_nor_an_effect() -> None:
    """A sender whose position Redis has lost is told nothing: it asks again."""
    desk = Desk(100)
    desk.redis.outcome = Outcome.LOST
    assert desk.take([3], 2) == []
    assert desk.connections[0].acks == [100]
    assert desk.feed.abandoned == desk.connections
