"""Commits whose answers were lost: made again, they take effect once."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from redis import Redis

from shared.base.source import Source
from shared.commit.positions import CommitScript, Positions
from shared.commit.source_commit import CommitChunk, Outcome, SourceCommit
from shared.market import keys
from shared.redis.link import Command, RedisLink, RedisUnavailable, Reply
from shared.redis.url import open_link
from tests.support.links import LinkDouble

KEY = keys.position(keys.ALERTS, "orders", "desk-1")
APPEND = CommitScript(
    (keys.ALERTS,), (), "for at = 6, #ARGV do redis.call('XADD', KEYS[2], '*', 'word', ARGV[at]) end\n"
)


class LossyLink(LinkDouble):
    """A link whose answers get lost, or whose commands do, whenever `plan` says so."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self.plan: list[str] = []
        """For each round trip to come: `takes`, `loses_answers`, or `loses_commands`."""

    def roundtrip(self, commands: Iterable[Command]) -> list[Reply]:
        """See `RedisLink.roundtrip`."""
        what = self.plan.pop(0) if self.plan else "takes"
        if what != "loses_commands":
            replies = self._link.roundtrip(commands)
            if what == "takes":
                return replies
        raise RedisUnavailable(what)

    def close(self) -> None:
        """See `RedisLink.close`."""
        self._link.close()


@pytest.fixture
def link(redis_url: str) -> Iterator[LossyLink]:
    """A lossy link to the shared server."""
    lossy = LossyLink(open_link(redis_url))
    yield lossy
    lossy.close()


def words_in(redis_client: Redis) -> list[bytes]:
    """What has been appended."""
    entries: Any = redis_client.xrange(keys.ALERTS)
    return [fields[b"word"] for _, fields in entries]


def commit_again_and_again(positions: Positions, pending: SourceCommit) -> None:
    """As the services do it: the same batch until it works."""
    while pending.outcome is None:
        try:
            positions.commit([pending])
        except RedisUnavailable:
            continue


def test_a_commit_whose_answer_was_lost_is_made_once(link: LossyLink, redis_client: Redis) -> None:
    """Sent a second time, all chunks are found to be in effect."""
    positions, source = Positions(link, APPEND), Source(KEY, "me")
    positions.open([source])
    link.plan = ["loses_answers"]
    pending = SourceCommit(
        source, [CommitChunk([b"a", b"b"], "2"), CommitChunk([b"c"], "3"), CommitChunk([], "7")]
    )
    commit_again_and_again(positions, pending)
    assert pending.outcome is Outcome.COMMITTED
    assert source.position == "7"
    assert words_in(redis_client) == [b"a", b"b", b"c"]


def test_the_portions_that_were_taken_before_a_loss_are_not_taken_again(
    link: LossyLink, redis_client: Redis
) -> None:
    """Of three chunks one was in effect: the other two follow, in order."""
    positions, source = Positions(link, APPEND), Source(KEY, "me")
    positions.open([source])
    first, second, third = CommitChunk([b"a"], "1"), CommitChunk([b"b"], "2"), CommitChunk([b"c"], "3")
    positions.commit([SourceCommit(Source(KEY, "me", "0"), [first])])
    pending = SourceCommit(source, [first, second, third])
    commit_again_and_again(positions, pending)
    assert pending.outcome is Outcome.COMMITTED
    assert words_in(redis_client) == [b"a", b"b", b"c"]


def test_a_begun_commit_on_a_link_that_was_closed_is_sent_again_at_once(
    redis_url: str, redis_client: Redis
) -> None:
    """Who waited for Redis meanwhile has closed the link: `commit` finds it in effect at the first try."""
    link = open_link(redis_url)
    positions, source = Positions(link, APPEND), Source(KEY, "me")
    positions.open([source])
    pending = SourceCommit(source, [CommitChunk([b"a"], "1"), CommitChunk([b"b"], "2")])
    positions.start([pending])
    link.close()
    positions.commit([pending])
    link.close()
    assert pending.outcome is Outcome.COMMITTED
    assert words_in(redis_client) == [b"a", b"b"]


def test_a_begun_commit_without_an_answer_says_so_at_once(link: LossyLink, redis_client: Redis) -> None:
    """It is not sent again under the same call: two time-outs would make the end of a service late."""
    positions, source = Positions(link, APPEND), Source(KEY, "me")
    positions.open([source])
    pending = SourceCommit(source, [CommitChunk([b"a"], "1")])
    positions.start([pending])
    link.plan = ["loses_answers"]
    with pytest.raises(RedisUnavailable):
        positions.commit([pending])
    positions.commit([pending])
    assert pending.outcome is Outcome.COMMITTED
    assert words_in(redis_client) == [b"a"]


def test_a_new_owner_fences_a_commit_that_is_tried_again(link: LossyLink, redis_client: Redis) -> None:
    """The commands were lost and somebody else has taken over: nothing of it takes effect."""
    positions, source = Positions(link, APPEND), Source(KEY, "me")
    positions.open([source])
    link.plan = ["loses_commands"]
    pending = SourceCommit(source, [CommitChunk([b"a"], "1")])
    with pytest.raises(RedisUnavailable):
        positions.commit([pending])
    positions.open([Source(KEY, "somebody else")])
    positions.commit([pending])
    assert pending.outcome is Outcome.FENCED
    assert words_in(redis_client) == []


def test_a_script_that_the_server_lost_is_loaded_again(link: LossyLink, redis_client: Redis) -> None:
    """SCRIPT FLUSH between two commits goes unnoticed."""
    positions, source = Positions(link, APPEND), Source(KEY, "me")
    positions.open([source])
    positions.commit([SourceCommit(source, [CommitChunk([b"a"], "1")])])
    redis_client.script_flush()
    pending = SourceCommit(source, [CommitChunk([b"b"], "2"), CommitChunk([b"c"], "3")])
    positions.commit([pending])
    assert pending.outcome is Outcome.COMMITTED
    assert words_in(redis_client) == [b"a", b"b", b"c"]


@pytest.mark.parametrize("lost_at", [1, 2], ids=["deleting", "opening"])
def test_what_nobody_sends_again_survives_two_losses_at_once(
    link: LossyLink, redis_client: Redis, lost_at: int
) -> None:
    """Redis lost the position of the plain senders, and goes away while it is set up again."""
    positions = Positions(link, APPEND)
    source = Source(KEY, "me", expires_ms=60_000, is_held=True)
    positions.open([source])
    positions.commit([SourceCommit(source, [CommitChunk([b"a"], "1")])])
    redis_client.delete(KEY)
    link.plan = ["takes"] * lost_at + ["loses_commands"]
    pending = SourceCommit(source, [CommitChunk([b"b"], "2")])
    commit_again_and_again(positions, pending)
    assert pending.outcome is Outcome.COMMITTED
    assert words_in(redis_client) == [b"a", b"b"]
