"""Where a forwarder stands, kept in Redis."""

from collections.abc import Iterator

import pytest
from redis import Redis

from services.orders.alerts.reader import AlertReader
from services.orders.forward.position import ForwardPosition, PositionLost, TakenOver
from shared.commit.stream_position import StreamFacts, StreamPosition
from shared.redis.link import Link
from shared.redis.retry import Insistence
from shared.redis.url import open_link

KEY = "position:{alerts}:forward:test"


@pytest.fixture
def link(redis_url: str) -> Iterator[Link]:
    """To the shared server."""
    made = open_link(redis_url)
    yield made
    made.close()


def make(link: Link, reader: AlertReader | None = None) -> ForwardPosition:
    """A position that is not claimed."""
    insist = Insistence(lambda: True, lambda: None)
    return ForwardPosition(KEY, link, insist, reader or AlertReader(link, "alerts"))


def add(client: Redis, count: int) -> list[StreamPosition]:
    """Add alerts; their positions."""
    for number in range(1, count + 1):
        client.xadd("alerts", {"number": number}, id=f"7-{number}")
    return [StreamPosition(b"7-%d" % number, number) for number in range(1, count + 1)]


def test_a_new_position_is_before_the_first_alert_that_is_left(link: Link, redis_client: Redis) -> None:
    """What was trimmed before a forwarder's first start is not its loss."""
    add(redis_client, 10)
    redis_client.xtrim("alerts", maxlen=4, approximate=False)
    position = make(link)

    position.claim()

    assert position.at == StreamPosition(b"0-0", 6)


def test_a_position_is_kept_and_taken_over(link: Link, redis_client: Redis) -> None:
    """The next owner starts where the one before stood, and the one before can move it no more."""
    positions = add(redis_client, 10)
    older, newer = make(link), make(link)
    older.claim()
    older.move(positions[3])

    newer.claim()

    assert newer.at == positions[3]
    with pytest.raises(TakenOver):
        older.move(positions[5])
    with pytest.raises(TakenOver):
        older.check()
    newer.check()
    newer.move(positions[5])
    assert redis_client.hget(KEY, "position") == str(positions[5]).encode()


@pytest.mark.parametrize("owner", ["us", "somebody of before"])
def test_an_older_position_is_a_loss_and_no_other_owner(link: Link, redis_client: Redis, owner: str) -> None:
    """Redis that comes back with the position of an earlier moment has lost data; one goes on from there."""
    positions = add(redis_client, 10)
    position = make(link)
    position.claim()
    position.move(positions[7])
    redis_client.hset(KEY, "position", str(positions[2]))
    if owner != "us":
        redis_client.hset(KEY, mapping={"owner": owner, "generation": 0})

    with pytest.raises(PositionLost):
        position.check()
    with pytest.raises(PositionLost):
        position.move(positions[8])
    position.claim()

    assert position.at == positions[2]
    position.move(positions[8])
    assert redis_client.hget(KEY, "position") == str(positions[8]).encode()


def test_a_position_beyond_the_stream_goes_back_to_its_beginning(link: Link, redis_client: Redis) -> None:
    """A stream that was made anew is forwarded from its first alert on."""
    make(link).claim()
    redis_client.hset(KEY, "position", "99999999999999-0/7")
    add(redis_client, 10)
    position = make(link)

    position.claim()

    assert position.at == StreamPosition(b"0-0", 0)
    assert redis_client.hget(KEY, "position") == b"0-0/0"


def test_a_second_loss_during_the_first_is_survived(link: Link, redis_client: Redis) -> None:
    """The position that vanishes while it is set back is claimed once more."""

    class Losing(AlertReader):
        left = 1

        def facts(self) -> StreamFacts:
            found = super().facts()
            if redis_client.hget(KEY, "owner") != b"of before" and self.left:
                self.left -= redis_client.delete(KEY)
            return found

    redis_client.hset(KEY, mapping={"owner": "of before", "position": "99999999999999-0/7"})
    add(redis_client, 10)
    position = make(link, Losing(link, "alerts"))

    position.claim()

    position.check()
    assert position.at == StreamPosition(b"0-0", 0)
