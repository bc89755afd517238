"""Reading the alert stream from a position on, on a real server."""

from collections.abc import Iterator

import pytest
from redis import Redis

from services.orders.alerts.reader import AT_ONCE, AlertReader
from shared.commit.stream_position import START, StreamFacts, StreamPosition
from shared.redis.link import RedisAway
from shared.redis.url import open_link


@pytest.fixture
def reader(redis_url: str) -> Iterator[AlertReader]:
    """Of the stream `alerts`."""
    link = open_link(redis_url)
    yield AlertReader(link, "alerts")
    link.close()


def add(client: Redis, count: int) -> list[StreamPosition]:
    """Add entries to a new stream; their positions."""
    with client.pipeline() as pipeline:
        for number in range(1, count + 1):
            pipeline.xadd("alerts", {"number": number}, id=f"7-{number}")
        pipeline.execute()
    return [StreamPosition(b"7-%d" % number, number) for number in range(1, count + 1)]


def test_a_stream_that_is_not_there_is_empty(reader: AlertReader) -> None:
    """Before the first alert there is nothing to read, and nothing gone."""
    alerts = reader.read(START, START)

    assert (alerts.positions, alerts.trimmed, alerts.facts) == ([], 0, StreamFacts())
    assert reader.step_back(START, 10) == START


def test_alerts_are_read_in_portions(reader: AlertReader, redis_client: Redis) -> None:
    """A long stream is read in portions that continue each other, with fields as they were written."""
    positions = add(redis_client, AT_ONCE + 5)

    first = reader.read(START, START)
    second = reader.read(first.positions[-1], START)

    assert [*first.positions, *second.positions] == positions
    assert second.fields[-1] == [b"number", b"1005"]
    assert reader.read(positions[-1], START).positions == []


@pytest.mark.parametrize("back", [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 2500])
def test_stepping_back_passes_so_many_alerts(reader: AlertReader, redis_client: Redis, back: int) -> None:
    """Behind the position that is so many alerts earlier, just these follow first."""
    positions = add(redis_client, 3000)

    assert reader.step_back(positions[2599], back) == positions[2599 - back]


def test_stepping_back_ends_where_the_stream_begins(reader: AlertReader, redis_client: Redis) -> None:
    """One goes back no further than to the first alert that is left, even if that is a later one."""
    positions = add(redis_client, 100)
    redis_client.xtrim("alerts", minid="7-41", approximate=False)

    assert reader.step_back(positions[49], 30) == StreamPosition(b"0-0", 40)
    assert reader.step_back(positions[9], 30) == StreamPosition(b"0-0", 10)


def test_trimmed_alerts_are_told_once(reader: AlertReader, redis_client: Redis) -> None:
    """What is gone behind the position is counted by the first read that finds it, and by no other."""
    positions = add(redis_client, 100)
    redis_client.xtrim("alerts", minid="7-61", approximate=False)

    assert reader.read(positions[9], START).trimmed == 50
    assert reader.read(positions[9], START).trimmed == 0
    redis_client.xtrim("alerts", minid="7-66", approximate=False)
    assert reader.read(positions[9], START).trimmed == 5
    assert reader.read(positions[9], START).positions == positions[65:]


def test_what_was_sent_is_not_missed(reader: AlertReader, redis_client: Redis) -> None:
    """Alerts up to the last one sent do not count when they are gone, though they were to be sent again."""
    positions = add(redis_client, 100)
    redis_client.xtrim("alerts", minid="7-61", approximate=False)

    assert reader.read(positions[9], sent=positions[49]).trimmed == 10


def test_entries_deleted_by_hand_do_not_shift_the_end(reader: AlertReader, redis_client: Redis) -> None:
    """After an XDEL in the middle the last alert still has the number of all that were ever added."""
    positions = add(redis_client, 100)
    redis_client.xdel("alerts", "7-50", "7-51")

    alerts = reader.read(positions[19], START)

    assert alerts.positions[-1] == positions[-1]
    assert len(alerts.positions) == 78
    assert alerts.trimmed == 0


def test_a_stream_reaches_what_it_ever_had(reader: AlertReader, redis_client: Redis) -> None:
    """A position is reached when neither its ID nor its number lies beyond the last one, trimmed or not."""
    add(redis_client, 100)
    redis_client.xtrim("alerts", maxlen=0)
    facts = reader.facts()

    assert facts.beginning == StreamPosition(b"0-0", 100)
    assert facts.reaches(StreamPosition(b"7-100", 100))
    assert not facts.reaches(StreamPosition(b"7-101", 100))
    assert not facts.reaches(StreamPosition(b"10-1", 100))
    assert not facts.reaches(StreamPosition(b"7-100", 101))


def test_something_else_under_that_name_is_said(reader: AlertReader, redis_client: Redis) -> None:
    """A key that is no stream is no silent emptiness."""
    redis_client.set("alerts", "none")

    with pytest.raises(RedisAway, match="the stream alerts cannot be read: WRONGTYPE"):
        reader.read(START, START)
    with pytest.raises(RedisAway, match="WRONGTYPE"):
        reader.step_back(START, 1)
    with pytest.raises(RedisAway, match="WRONGTYPE"):
        reader.facts()
