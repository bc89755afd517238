"""The owner of a stream in this process: what it does when Redis has less than it knows."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import pytest
from redis import Redis

from shared.commit.positions import CommitScript, Positions
from shared.commit.stream_position import StreamPosition
from shared.redis.link import RedisLink, RedisUnavailable
from shared.redis.retry import RedisRetry
from shared.redis.server_clock import ServerClock
from shared.redis.url import open_link
from shared.service.handler import BatchHandler
from shared.service.intake import Batch
from shared.service.pipeline import Pipeline
from shared.service.plain_source import PlainSource
from shared.service.redis_access import RedisAccess, Servers
from shared.service.source_commits import SourceCommits
from shared.service.stream.intake import StreamIntake
from shared.service.stream.reader import Entries, read_entries
from shared.telemetry.metrics import FeedMetrics
from shared.wire.messages import RejectedMessages, StreamEntry
from shared.wire.symbol_table import SymbolTable
from tests.support.order_streams import add
from tests.support.processes import wait_until

POSITION = "position:{alerts}:stream:orders"


class Handler:
    """Does nothing with a batch but note when it was read."""

    symbols = SymbolTable(10)
    read_ns = 0
    largest = 0
    """Messages of a batch."""
    while_catching_up: Callable[[], None] = staticmethod(lambda: None)

    def handle(self, _: Any, batch: Batch) -> Sequence[Any]:
        """See `BatchHandler`."""
        self.read_ns = batch.parts[0].received_ns
        self.largest = max(self.largest, batch.messages)
        return ()

    def catch_up(self) -> None:
        """See `BatchHandler`."""
        self.while_catching_up()

    def heard_of(self, _: Sequence[Any]) -> None:
        """See `BatchHandler`."""

    def committed(self, _: Sequence[Any]) -> None:
        """See `BatchHandler`."""


class Owner:
    """An owner of the stream `orders`, whose turns a test takes."""

    def __init__(self, url: str) -> None:
        link, commit_link, servers = open_link(url), open_link(url), Servers()
        retry = RedisRetry(lambda: False, lambda: None, doubt=servers.doubt)
        self.access = RedisAccess(link, commit_link, retry, ServerClock(), servers, url, "test")
        positions = Positions(commit_link)
        self.commits = SourceCommits(positions, PlainSource(lambda _: "plain"), retry)
        metrics = FeedMetrics("order")
        self.handler = Handler()
        self.intake = StreamIntake(
            "orders",
            POSITION,
            CommitScript(),
            _decode,
            keep_entries=False,
            claims=False,
            redis=self.access,
            pipeline=Pipeline(cast(BatchHandler, self.handler), self.commits, link, retry, metrics),
            metrics=metrics,
        )
        self.intake.start(lambda: None)

    def take_until(self, client: Redis, entry: str) -> None:
        """Take turns until the position is behind an entry."""

        def is_there() -> bool:
            self.intake.turn()
            found = client.hget(POSITION, "position")
            return isinstance(found, bytes) and found.decode().startswith(f"{entry}/")

        wait_until(is_there, "the entries are taken")


def _decode(entries: Sequence[StreamEntry], _: SymbolTable) -> tuple[Any, RejectedMessages]:
    return entries, RejectedMessages([])


@pytest.fixture
def owner(redis_url: str) -> Iterator[Owner]:
    """An owner, whose links are closed at the end."""
    made = Owner(redis_url)
    yield made
    made.access.close()


def test_entries_whose_position_redis_has_lost_are_not_trimmed(redis_client: Redis, owner: Owner) -> None:
    """They have to be taken again, and the second passes before the owner has been told of the loss."""
    for number in range(1, 6):
        add(redis_client, number, entry=f"{number}-0")
    owner.take_until(redis_client, "5-0")
    redis_client.hset(POSITION, "position", "2-0/2")  # a server with older data, and the entries

    owner.intake.every_second()
    owner.commits.look_for_losses(owner.access.link)
    owner.intake.every_second()

    left: Any = redis_client.xrange("orders")
    assert [entry for entry, _ in left] == [b"2-0", b"3-0", b"4-0", b"5-0"]
    owner.commits.tell_the_lost()
    owner.take_until(redis_client, "5-0")
    owner.intake.every_second()
    assert redis_client.xlen("orders") == 1


def test_a_loss_that_a_commit_finds_is_told_once(
    redis_client: Redis, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    """A look has found it before: the owner that has gone on since has lost nothing again."""
    add(redis_client, 1, entry="1-0")
    owner.take_until(redis_client, "1-0")
    redis_client.hset(POSITION, "position", "0-0/0")
    owner.commits.look_for_losses(owner.access.link)
    add(redis_client, 2, entry="2-0")
    owner.take_until(redis_client, "2-0")

    owner.commits.tell_the_lost()
    owner.intake.turn()
    assert caplog.text.count("Redis has lost the position") == 1


def test_entries_are_as_old_as_the_attempt_that_has_read_them(
    redis_client: Redis, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not as the one before: what it says of a quote would be too old by a whole outage."""
    failed_ns: list[int] = []

    def read(link: RedisLink, stream: str, after: StreamPosition, most: int) -> Entries:
        if not failed_ns:
            failed_ns.append(time.monotonic_ns())
            raise RedisUnavailable("away")
        return read_entries(link, stream, after, most)

    monkeypatch.setattr("shared.service.stream.reader.read_entries", read)
    add(redis_client, 1, entry="1-0")
    owner.take_until(redis_client, "1-0")
    assert owner.handler.read_ns > failed_ns[0]


@pytest.mark.parametrize("moves", [True, False], ids=["moves", "stands still"])
def test_a_standby_catches_up_before_it_takes_over(
    redis_client: Redis, redis_url: str, *, moves: bool
) -> None:
    """However long that takes, nobody finds an owner that stands still; one that goes on stays the owner."""
    redis_client.hset(POSITION, mapping={"owner": "other", "generation": 1, "position": "0-0/0"})
    add(redis_client, 1, entry="1-0")
    add(redis_client, 2, entry="2-0")
    standby = Owner(redis_url)
    owners: list[Any] = []

    def note_the_owner() -> None:
        owners.append(redis_client.hget(POSITION, "owner"))
        if moves:
            redis_client.hset(POSITION, "position", "1-0/1")

    standby.handler.while_catching_up = note_the_owner

    def has_caught_up() -> bool:
        standby.intake.turn()
        return bool(owners)

    wait_until(has_caught_up, "the standby has caught up")
    standby.access.close()

    assert owners == [b"other"]
    assert (redis_client.hget(POSITION, "owner") == b"other") is moves


def test_a_backlog_is_taken_in_portions(redis_client: Redis, owner: Owner) -> None:
    """So small that the position moves while a standby watches it, however slowly they take effect."""
    with redis_client.pipeline(transaction=False) as pipeline:
        for number in range(1, 5001):
            pipeline.xadd("orders", {"side": "buy"}, id=f"{number}-0")
        pipeline.execute()
    owner.take_until(redis_client, "5000-0")
    assert owner.handler.largest == 2000


def test_what_waits_is_taken_though_something_newer_was_waited_for(
    redis_client: Redis, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    """A position that is none is deleted: the entries that are left are taken without waiting for another."""
    for number in range(1, 4):
        add(redis_client, number, entry=f"{number}-0")
    owner.take_until(redis_client, "3-0")
    owner.intake.turn()
    redis_client.hset(POSITION, "position", "nonsense")
    owner.intake.every_second()
    assert "'nonsense' is not a position of a stream" in caplog.text

    redis_client.delete(POSITION)
    owner.take_until(redis_client, "3-0")
