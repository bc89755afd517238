"""Orders judged by published limits on a real server, while versions change."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from shared.market import keys
from shared.market.limits.file.read_file import read_limits
from shared.published.asking import ask
from shared.published.changing import activate, publish
from shared.redis.link import RedisLink
from shared.redis.url import open_link
from tests.support import frames, oracle
from tests.support.limits_files import one_class
from tests.support.market import entries_after, metrics, wait_for_metric
from tests.support.processes import Processes
from tests.support.raw_sender import RawSender, send_all
from tests.support.servers import data_file, one_server

VERSION_0 = Path(__file__).parents[2] / "docs/limits/version-0.toml"


@pytest.fixture
def link(redis_url: str) -> Iterator[RedisLink]:
    """A link to the server, which is empty at the start."""
    with closing(open_link(redis_url)) as made:
        yield made


def put(link: RedisLink, text: str, client: Redis) -> int:
    """Publish limits and make them the active ones; their number."""
    pointer = ask(link, publish(read_limits(text.encode()), "ann", "a test"))
    before: Any = client.get(keys.LIMITS_ACTIVE)
    return ask(link, activate(pointer.number, before or b"", "ann", "a test")).number


def every_order(limit: int) -> str:
    """Limits that every order breaks that is at least so large."""
    return one_class(f'[class.order]\nmax_quantity = "{limit}"')


def orders(count: int) -> list[bytes]:
    """Orders that break any of these limits."""
    return [frames.order(b"NONE", quantity=1000.0)] * count


@one_server
def test_each_order_is_judged_by_the_version_of_its_moment(
    processes: Processes, redis_url: str, redis_client: Redis, link: RedisLink
) -> None:
    """Versions change between and amid batches, and the source moves to another checker and back.

    Each order alerts once, versions never go back within the source, and what is sent after an activation
    is judged by that version or a later one.
    """
    checkers = [processes.check(redis_url) for _ in range(2)]
    sent, versions = 0, list[tuple[int, int]]()
    for turn in range(4):
        with RawSender(checkers[turn % 2].address(), b"desk") as sender:
            sender.acks_until(sent)
            for size in (1, 30, 1500):
                versions.append((sent, put(link, every_order(size), redis_client)))
                sender.send(*orders(size))
                if size == 1:  # so that some are judged before the next version
                    sender.acks_until(sent + 1)
                put(link, every_order(1 + size), redis_client)
                sent += size
                sender.acks_until(sent)

    found = entries_after(redis_client)
    assert [int(alert["sequence"]) for alert in found] == list(range(sent))
    judged = [int(alert["limits"].partition(":")[0]) for alert in found]
    assert all(one <= other for one, other in pairwise(judged))
    for begin, number in versions:
        assert judged[begin] >= number
    assert set(versions[0][1:]) <= set(judged)
    position: Any = redis_client.hgetall("position:{alerts}:orders:desk")
    assert int(position[b"limits"]) == judged[-1]
    wait_for_metric(checkers[0], "limits_version{active}", 24.0)


@one_server
def test_the_limits_of_version_0_as_a_file_give_the_known_alerts(
    processes: Processes, redis_url: str, redis_client: Redis, link: RedisLink
) -> None:
    """Published as version 1: the real orders on the real market raise the alerts that they raise without."""
    quotes = frames.split(data_file("nbbo-350-symbols.msg").read_bytes())
    sent = frames.split(data_file("orders-1000.msg").read_bytes())
    send_all(processes.ingest(redis_url).address(), *quotes)
    checker = processes.check(redis_url)
    put(link, VERSION_0.read_text(), redis_client)
    send_all(checker.address(), *sent)

    found = entries_after(redis_client)
    own = ("checked_at", "quote_at", "source", "sequence", "limits", "broken", "state")
    assert {alert["limits"] for alert in found} == {"1:all"}
    assert [{name: value for name, value in alert.items() if name not in own} for alert in found] == (
        oracle.alerts(quotes, sent)
    )
    broken = sum("spread" in alert["reason"].split(",") for alert in found)
    assert metrics(checker)["tests_total{broken}{spread}"] == broken
