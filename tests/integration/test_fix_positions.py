"""Where FIX sessions stand in Redis: position, our numbers, resets, and that only their owner moves them."""

import pytest
from redis import Redis

from shared.base.source import Source
from shared.commit.fix_position import FixPositions
from shared.commit.positions import Positions
from shared.commit.source_commit import CommitChunk, Outcome, SourceCommit
from shared.commit.stream_position import Unusable
from shared.redis.link import RedisLink
from shared.redis.url import open_link
from shared.wire.fix.session.events import BeganAgain
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.link import Start

KEY = "position:{alerts}:fix:desk-a"


@pytest.fixture
def link(any_url: str) -> RedisLink:
    """To a real server, which is empty."""
    return open_link(any_url, name="test")


@pytest.fixture
def positions(link: RedisLink) -> FixPositions:
    """Of sessions."""
    return FixPositions(link, Positions(link))


def source(owner: str) -> Source:
    """The session, as a connection has it."""
    return Source(KEY, owner, "0/1", name="fix:desk-a")


def test_each_connection_gets_numbers_of_its_own(positions: FixPositions) -> None:
    """A block of 1,000 at a time, also after a crash, and behind those that are known to have been used."""
    one, other = source("one"), source("other")
    assert positions.open(one, Start()) == Start(Expected(0, 1), 0, 1, 1001)
    assert positions.reserve(one, Expected(0, 7), 1) == Start(Expected(0, 7), 0, 1001, 2001)
    assert positions.open(other, Start()) == Start(Expected(0, 1), 0, 2001, 3001)
    known = Start(Expected(0, 1), 0, 9000, 9000)
    assert positions.open(source("third"), known) == Start(Expected(0, 1), 0, 9000, 10_000)
    of_before = Start(Expected(1, 1), 0, 50_000, 50_000)
    assert positions.open(source("fourth"), of_before).number == 10_000


def test_a_reset_is_stored_with_its_moment_and_numbers(positions: FixPositions, any_client: Redis) -> None:
    """Run again it does nothing; a commit from before it never fits."""
    desk = source("one")
    positions.open(desk, Start())
    before = Source(KEY, "one", desk.position, desk.generation)
    event = BeganAgain(Expected(1, 1), 5_000_000, 1001)
    assert positions.begin_again(desk, event)
    assert desk.position == "1/1"
    desk.position = "0/1"
    assert positions.begin_again(desk, event)
    stored = any_client.hmget(KEY, "position", "begun_at", "outbound")
    assert stored == [b"1/1", b"5000000", b"1001"]
    late = SourceCommit(before, [CommitChunk([], "0/2")])
    positions._positions.commit([late])
    assert late.outcome is Outcome.LOST
    assert any_client.hget(KEY, "position") == b"1/1"
    assert positions.open(source("two"), Start()) == Start(Expected(1, 1), 5_000_000, 1001, 2001)


def test_only_the_owner_moves_it(positions: FixPositions) -> None:
    """Neither a reset nor numbers for a connection that another one has taken the session from."""
    first, second = source("one"), source("two")
    positions.open(first, Start())
    positions.open(second, Start())
    assert not positions.begin_again(first, BeganAgain(Expected(1, 1), 1, 1001))
    with pytest.raises(Unusable, match="another connection has taken over"):
        positions.reserve(first, Expected(0, 1), 1)
    assert positions.begin_again(second, BeganAgain(Expected(1, 1), 1, 1001))
    with pytest.raises(Unusable, match="another connection has taken over"):
        positions.reserve(second, Expected(0, 1), 1)


@pytest.mark.parametrize("position", ["17", "0/0", "x/1", ""])
def test_what_is_no_position_is_said(positions: FixPositions, any_client: Redis, position: str) -> None:
    """The session is left alone, with the key named."""
    any_client.hset(KEY, "position", position)
    with pytest.raises(Unusable, match=KEY):
        positions.open(source("one"), Start())


def test_a_key_of_another_type_is_said(positions: FixPositions, any_client: Redis) -> None:
    """The same."""
    any_client.set(KEY, "7")
    with pytest.raises(Unusable, match="WRONGTYPE"):
        positions.open(source("one"), Start())
