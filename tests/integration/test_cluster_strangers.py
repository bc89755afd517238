"""A seed that is no node of the cluster, or not any more: whoever knows of the slots is asked instead."""

import asyncio
from collections.abc import Iterator

import pytest

from services.cli.local.embedded import Server, free_port
from shared.redis.aio.url import open_async_link
from shared.redis.link import command
from shared.redis.url import open_link
from tests.support.cluster import Cluster
from tests.support.servers import chosen_kinds, make_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]

WRITE = command("key", "SET", "key", "value")


@pytest.fixture(params=chosen_kinds())
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Three primaries."""
    made = Cluster(request.param, replicas=0)
    yield made
    made.close()


@pytest.fixture
def stranger() -> Iterator[Server]:
    """A node of a cluster of its own, without slots."""
    options = {"cluster-enabled": "yes", "cluster-port": str(free_port())}
    made = make_server(chosen_kinds()[0], options).start()
    yield made
    made.close()


def test_it_is_passed_over(cluster: Cluster, stranger: Server) -> None:
    """Listed first, it knows of no slots; both kinds of links go on to the next seed."""
    url = f"redis+cluster://127.0.0.1:{stranger.port},127.0.0.1:{cluster.primaries[0].port}"
    link = open_link(url)
    assert link.roundtrip([WRITE]) == [b"OK"]
    assert len(link.epochs()) == 3
    link.close()

    async def scenario() -> None:
        asynchronous = open_async_link(url)
        assert await asynchronous.roundtrip([WRITE]) == [b"OK"]
        await asynchronous.close()

    asyncio.run(scenario())
