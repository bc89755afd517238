"""What of a batch is whose, the position after each chunk, and what each sender is told."""

import gc
import weakref
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import pytest

from shared.base.source import Origin, Source
from shared.commit.positions import Positions
from shared.commit.source_commit import Outcome, SourceCommit
from shared.feed.batch import FrameBatch, Segment
from shared.feed.session import FrameSession
from shared.redis.link import RedisLink, Word
from shared.redis.retry import RedisRetry
from shared.service.ack_batching import SILENCE_S
from shared.service.plain_source import PlainSource
from shared.service.source_commits import SourceCommits


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, as its only element; no time passes by itself."""
    now = [1000.0]
    monkeypatch.setattr("shared.service.ack_batching.time.monotonic", lambda: now[0])
    return now


class Transport:
    """Notes what a session wants of its connection."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def send(self) -> None:
        """See `shared.feed.session.Transport`."""
        self.done.append("send")

    def acknowledge_tcp(self) -> None:
        """See `shared.feed.session.Transport`."""

    def dismiss(self) -> None:
        """See `shared.feed.session.Transport`."""
        self.done.append("dismiss")

    def finish(self) -> None:
        """See `shared.feed.session.Transport`."""

    def abandon(self) -> None:
        """See `shared.feed.session.Transport`."""
        self.done.append("abandon")


class Session(FrameSession):
    """Notes its acknowledgements."""

    def __init__(self, number: int) -> None:
        self.transport = Transport()
        super().__init__("a peer", self.transport, number)
        self.acks: list[int] = []

    def acknowledge(self, position: str) -> None:
        """See `FrameSession`."""
        self.acks.append(int(position))


class Redis:
    """Positions in a Redis that takes everything, and notes the chunks."""

    def __init__(self) -> None:
        self.chunks: list[tuple[str, list[Word], str]] = []
        """Of which source, the frames that they are about, and the position after them."""
        self.origins: list[tuple[str, int | bytes]] = []
        """The source and the sequence of each effect."""
        self.outcome = Outcome.COMMITTED
        self.opened = 0

    def arguments_of(self, origins: Sequence[Origin], effects: Sequence["Mark"]) -> list[Word]:
        """See `Positions`."""
        for effect in effects:
            origin = [each for each in origins if each.begins <= effect.frame][-1]
            self.origins.append((origin.source, origin.sequence(effect.frame)))
        return [effect.frame for effect in effects]

    def open(self, sources: Sequence[Source]) -> list[str]:
        """See `Positions`."""
        self.opened += len(sources)
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
    """Senders whose sources stand somewhere, and what becomes of their batches.

    Args:
        at: the position of each, whose names are `a`, `b` and so on; None for one without HELLO.
    """

    def __init__(self, *at: int | None) -> None:
        self.redis = Redis()
        retry = RedisRetry(lambda: False, lambda: None)
        plain = PlainSource(lambda _: "plain")
        self.commits = SourceCommits(cast(Positions, self.redis), plain, retry)
        self.sessions = [Session(number) for number in range(len(at))]
        for session, position, name in zip(self.sessions, at, "abcde", strict=False):
            if position is not None:
                session.source = Source(name, "owner", str(position), name=name)
                self.commits.own(session, session.source)
                session.opened(session.source)

    def take(self, frames: Sequence[int], *effects: int) -> list[int]:
        """A batch with so many frames of each source; the effects that were committed, by their frames."""
        batch = FrameBatch(bytearray())
        for session, number in zip(self.sessions, frames, strict=True):
            if number:
                batch.add(Segment(session, [], batch.messages, number, session.frames, 0))
                session.frames += number
        self.commits.begin(batch, [Mark(frame) for frame in effects])
        return [effect.frame for effect in self.commits.conclude()]


def test_each_source_gets_its_effects_and_moves_by_its_frames() -> None:
    """Those of its first and last frame, too, however they lie in the batch."""
    desk = Desk(100, 200, 300)
    assert desk.take([10, 5, 1], 0, 9, 10, 14, 15) == [0, 9, 10, 14, 15]
    assert desk.redis.chunks == [("a", [0, 9], "110"), ("b", [10, 14], "205"), ("c", [15], "301")]
    assert [each.acks for each in desk.sessions] == [[100, 110], [200, 205], [300, 301]]


def test_each_effect_is_named_by_its_source_and_its_number_there() -> None:
    """Counted from where the source stood when its sender came."""
    desk = Desk(100, 200)
    desk.take([10, 5], 9, 10)
    desk.take([2, 1], 2)
    assert desk.redis.origins == [("a", 109), ("b", 200), ("b", 205)]


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
    assert desk.commits.waiting == 7
    desk.take([2], 1)
    assert desk.redis.chunks == [("a", [], "101"), ("a", [1], "110")]
    assert desk.sessions[0].acks == [100, 101, 110]
    assert desk.commits.waiting == 0


def test_frames_without_an_effect_are_settled_where_they_end() -> None:
    """Each source by its own frames."""
    desk = Desk(100, 200)
    desk.take([4, 2])
    desk.commits.settle()
    desk.commits.settle()
    assert desk.redis.chunks == [("a", [], "104"), ("b", [], "202")]
    assert [each.acks for each in desk.sessions] == [[100, 104], [200, 202]]


def test_what_comes_without_hello_is_one_source_with_a_count_of_chunks() -> None:
    """It is opened once; in alerts each connection is a source of its own. Nobody is told anything."""
    desk = Desk(None, 200, None)
    desk.take([3, 2, 2], 1, 3, 6)
    desk.take([3, 0, 0])
    desk.take([1, 0, 0], 0)
    assert desk.redis.chunks == [("b", [3], "202"), ("plain", [1, 6], "1"), ("plain", [0], "2")]
    (first, one), (second, two), (third, three), (fourth, four) = desk.redis.origins
    assert (first, one) == ("b", 200)
    assert (second.rpartition(".")[2], two) == ("0", 1)
    assert (third.rpartition(".")[2], three) == ("2", 1)
    assert (fourth.rpartition(".")[2], four) == ("0", 6)
    assert desk.redis.opened == 1
    assert [each.acks for each in desk.sessions] == [[], [200, 202], []]


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
    desk.commits.look_for_losses(cast(RedisLink, Stored(b"owner", position, b"0")))
    desk.commits.tell_the_lost()
    assert ("abandon" in desk.sessions[0].transport.done) is is_lost


@pytest.mark.parametrize(
    ("outcome", "done"),
    [
        (Outcome.LOST, "abandon"),
        (Outcome.OUTDATED, "abandon"),
        (Outcome.FENCED, "dismiss"),
        (Outcome.REFUSED, "dismiss"),
    ],
)
def test_what_is_not_committed_is_neither_acknowledged_nor_an_effect(outcome: Outcome, done: str) -> None:
    """After a loss, or where higher limits have judged, a sender is not told and asks again; others are."""
    desk = Desk(100)
    desk.redis.outcome = outcome
    assert desk.take([3], 2) == []
    assert desk.sessions[0].acks == [100]
    assert desk.sessions[0].transport.done == [done]


@pytest.mark.parametrize(
    ("outcome", "level", "said"),
    [
        (Outcome.LOST, "ERROR", "Redis has lost the position of a"),
        (
            Outcome.OUTDATED,
            "WARNING",
            "version 9 of the limits has judged messages of a, so what was not committed is judged again",
        ),
    ],
)
def test_why_a_sender_is_asked_again_is_said_once(
    outcome: Outcome, level: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The true reason, and no other one."""
    desk = Desk(100)
    source = desk.sessions[0].source
    assert source is not None
    source.limits = 9
    desk.redis.outcome = outcome
    desk.take([3], 2)
    (record,) = caplog.records
    text = f"a peer: {said}: closing, so that the sender asks where to go on"
    assert (record.levelname, record.getMessage()) == (level, text)


def test_what_a_dismissed_sender_sent_is_dropped() -> None:
    """Another connection has its source now."""
    desk = Desk(100, 200)
    desk.sessions[0].fenced()
    assert desk.take([3, 1], 1, 3) == [3]


def test_a_fenced_sender_is_forgotten(clock: list[float]) -> None:
    """Whoever reconnects under its name again and again fills no memory."""
    desk = Desk()
    known = []
    for _ in range(3):
        session = Session(0)
        known.append(weakref.ref(session))
        session.source = Source("a", "owner", "0", name="a")
        before = desk.commits.own(session, session.source)
        assert before is None or len(known) > 1
        desk.sessions = [session]
        desk.take([3])
        clock[0] += 2 * SILENCE_S  # a sender that waits for its ACK is remembered as one
        desk.commits.settle()
    del session, before
    desk.sessions = []
    gc.collect()
    assert [each() is not None for each in known] == [False, False, True]
