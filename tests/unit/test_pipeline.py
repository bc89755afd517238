"""The one way of all batches: in which order things happen, and what counts when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import pytest

from shared.base.source import Source
from shared.redis.link import RedisLink
from shared.redis.retry import RedisRetry
from shared.service.handler import BatchHandler
from shared.service.pipeline import Pipeline
from shared.service.source_commits import SourceCommits
from shared.telemetry.metrics import FeedMetrics
from shared.wire.framing import RejectedFrame
from shared.wire.messages import RejectedMessages
from shared.wire.symbol_table import SymbolTable

NO_REJECTS = RejectedMessages([])


@dataclass
class Sender:
    """Sends nothing."""

    is_dismissed: bool = False
    source: Source | None = None
    peer: str = "a peer"
    number: int = 1


class Part(NamedTuple):
    """Of a batch."""

    sender: Sender
    first: int
    messages: int
    received_ns: int = 0
    is_contested: bool = False

    def place_of(self, number: int) -> str:
        """See `shared.service.intake.Part`."""
        return f"message {number - self.first}"


class Batch(NamedTuple):
    """Of some parts."""

    parts: Sequence[Part]
    is_contested: bool = False

    @property
    def messages(self) -> int:
        """See `shared.service.intake.Batch`."""
        return sum(part.messages for part in self.parts)


@dataclass
class Service:
    """What is around a pipeline, and notes in which order it is called."""

    symbols: SymbolTable = field(default_factory=lambda: SymbolTable(10))
    done: list[str] = field(default_factory=list)
    waiting: int = 0
    dismisses: Sender | None = None
    refused: list[str] = field(default_factory=list)

    @property
    def rejected(self) -> "Service":
        """See `BatchHandler`."""
        return self

    def handle(self, messages: str, _: Batch) -> str:
        """See `BatchHandler`."""
        self.done.append(f"handle {messages}")
        return messages

    def committed(self, effects: str) -> None:
        """See `BatchHandler`."""
        self.done.append(f"committed {effects}")

    def allow(self, rejects: int) -> int:
        """See `DeadLetters`."""
        return rejects

    def command(self, reject: RejectedFrame, peer: str, place: str) -> str:
        """See `DeadLetters`."""
        self.refused.append(f"{peer}, {place}: {reject.reason}")
        return "XADD"

    def roundtrip(self, commands: Sequence[str]) -> list[None]:
        """See `RedisLink`."""
        self.done.append(f"set aside {len(commands)}")
        return [None] * len(commands)

    def begin(self, _: Batch, effects: str) -> None:
        """See `SourceCommits`."""
        self.done.append(f"begin {effects}")
        self._begun = effects

    def conclude(self) -> str:
        """See `SourceCommits`."""
        if self.dismisses is not None:
            self.dismisses.is_dismissed = True
        return self._begun


class Metrics(FeedMetrics):
    """Of a service."""

    def __init__(self) -> None:
        super().__init__("order")


@pytest.fixture
def service() -> Service:
    """Around the pipeline."""
    return Service()


@pytest.fixture
def metrics() -> Metrics:
    """Of the pipeline."""
    return Metrics()


@pytest.fixture
def pipeline(service: Service, metrics: Metrics) -> Pipeline:
    """The one that is tested."""
    return Pipeline(
        cast(BatchHandler, service),
        cast(SourceCommits, service),
        cast(RedisLink, service),
        RedisRetry(lambda: False, lambda: None),
        metrics,
    )


def take(pipeline: Pipeline, name: str, batch: Batch, rejects: RejectedMessages = NO_REJECTS) -> None:
    """Take a batch whose messages, and effects, are its name."""
    pipeline.take(cast(Any, batch), lambda _: (name, rejects))


def test_the_commit_before_ends_when_the_next_batch_is_handled(service: Service, pipeline: Pipeline) -> None:
    """So Redis works on one batch while the next is read, decoded and handled."""
    batch = Batch([Part(Sender(), 0, 3)])
    take(pipeline, "one", batch)
    idle = [pipeline.is_idle]
    take(pipeline, "two", batch)
    pipeline.conclude()
    pipeline.conclude()
    idle.append(pipeline.is_idle)
    assert idle == [False, True]
    assert service.done == [
        "handle one", "begin one", "handle two", "committed one", "begin two", "committed two",
    ]  # fmt: skip


def test_what_is_refused_is_set_aside_with_its_place(
    service: Service, pipeline: Pipeline, metrics: Metrics
) -> None:
    """By the sender of its part, before the commit, so that it is not lost with this process."""
    batch = Batch([Part(Sender(peer="one"), 0, 3), Part(Sender(peer="other"), 3, 2)])
    rejects = [RejectedFrame(2, "symbol", b"?"), RejectedFrame(3, "side", b"!")]
    take(pipeline, "batch", batch, RejectedMessages(rejects))
    assert service.refused == ["one, message 2: symbol", "other, message 0: side"]
    assert service.done == ["handle batch", "set aside 2", "begin batch"]
    assert (metrics.received, dict(metrics.rejected)) == (5, {"symbol": 1, "side": 1})


@pytest.mark.parametrize("is_taken_over", [False, True])
def test_a_contested_batch_counts_once_it_is_committed(
    service: Service, pipeline: Pipeline, metrics: Metrics, *, is_taken_over: bool
) -> None:
    """Where another process has taken its messages, they count there and are set aside there."""
    sender = Sender()
    service.dismisses = sender if is_taken_over else None
    rejects = RejectedMessages([RejectedFrame(0, "symbol", b"?")])
    take(pipeline, "batch", Batch([Part(sender, 0, 2, is_contested=True)], is_contested=True), rejects)
    assert pipeline.is_idle
    assert metrics.received == (0 if is_taken_over else 2)
    expected = ["handle batch", "begin batch", "committed batch"]
    assert service.done == (expected if is_taken_over else [*expected, "set aside 1"])


def test_positions_are_moved_without_messages(service: Service, pipeline: Pipeline, metrics: Metrics) -> None:
    """Nothing is decoded, handled or counted, and the commit before ends first."""
    take(pipeline, "one", Batch([Part(Sender(), 0, 3)]))
    pipeline.move(cast(Any, Batch([Part(Sender(), 0, 0)])))
    pipeline.conclude()
    assert service.done == ["handle one", "begin one", "committed one", "begin ()", "committed ()"]
    assert (metrics.received, metrics.batch_size.total) == (3, 1)


def test_what_would_be_lost_is_counted(service: Service, pipeline: Pipeline) -> None:
    """What a connection has sent; what others find in a stream would not be lost."""
    pipeline.hold(cast(Any, Batch([Part(Sender(), 0, 3)])))
    service.waiting = 4
    assert pipeline.waiting == 7
    pipeline.hold(cast(Any, Batch([Part(Sender(), 0, 3)], is_contested=True)))
    assert pipeline.waiting == 4


def test_latencies_are_recorded_when_the_commit_is_there(pipeline: Pipeline, metrics: Metrics) -> None:
    """Once for each message of each part."""
    take(pipeline, "one", Batch([Part(Sender(), 0, 3), Part(Sender(), 3, 2)]))
    assert metrics.latency_us.total == 0
    pipeline.conclude()
    assert metrics.latency_us.total == 5
