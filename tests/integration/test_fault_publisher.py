"""The fault harness publishes and activates on a real server, and knows beforehand under which number."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from redis import Redis

from faults.limits.maker import LimitsMaker
from faults.limits.publisher import Publisher
from shared.market import keys
from shared.published.content import DamagedVersion
from shared.redis.url import open_link


@pytest.fixture
def publisher(redis_url: str) -> Iterator[Publisher]:
    """On the server, which is empty at the start."""
    with closing(open_link(redis_url)) as link:
        yield Publisher(link, waits_for_replica=False)


def test_the_number_of_an_activation_is_known_before_it_is_asked_for(publisher: Publisher) -> None:
    """Also of a way back; one that an earlier attempt has done already is seen to be done."""
    maker = LimitsMaker("seed")
    first, second = publisher.publish(maker.make()), publisher.publish(maker.make())
    numbers = []
    for source in (first, second, first):
        plan = publisher.plan(source)
        assert not plan.is_done
        assert publisher.activate(plan) == plan.number
        again = publisher.plan(source)
        assert again.is_done
        assert publisher.activate(again) == again.number == plan.number
        numbers.append(plan.number)
    assert numbers == [1, 2, 3]
    assert publisher.is_safe(3)


def test_a_number_that_redis_gave_to_another_content_is_not_taken_for_the_old_one(
    publisher: Publisher, redis_client: Redis
) -> None:
    """After a loss a way back to what was published before would activate something else."""
    maker = LimitsMaker("seed")
    first = publisher.publish(maker.make())
    redis_client.delete(keys.LIMITS_LOG, keys.limits_version(first.number))
    with pytest.raises(DamagedVersion, match="missing"):
        publisher.plan(first)
    other = publisher.publish(maker.make())
    assert other.number == first.number
    with pytest.raises(DamagedVersion, match="not what it was"):
        publisher.plan(first)
    assert publisher.plan(other).number == other.number


@pytest.mark.slow
def test_without_a_replica_nothing_is_safe_where_one_may_take_over(redis_url: str) -> None:
    """An activation counts as returned only once a replica has it."""
    with closing(open_link(redis_url)) as link:
        publisher = Publisher(link, waits_for_replica=True)
        number = publisher.activate(publisher.plan(publisher.publish(LimitsMaker("seed").make())))
        assert not publisher.is_safe(number)
