"""The forwarder on a Redis Cluster."""

from collections.abc import Iterator

import pytest
from redis.cluster import ClusterNode, RedisCluster

from shared.redis.slots import slot_of
from tests.support.cluster import Cluster
from tests.support.processes import Processes
from tests.support.receiving import ALERT, Receiving, start_forwarder
from tests.support.servers import chosen_kinds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture(params=chosen_kinds())
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Three primaries."""
    made = Cluster(request.param, replicas=0)
    yield made
    made.close()


def test_forwarding_goes_on_while_the_stream_moves(
    processes: Processes, cluster: Cluster, receiving: Receiving
) -> None:
    """The slot of the alerts and of the position moves to another node: each alert once, in order."""
    slot = slot_of("alerts")
    nodes = [ClusterNode("127.0.0.1", server.port) for server in cluster.primaries]
    with RedisCluster(startup_nodes=nodes) as client:
        port = client.get_node_from_key("alerts").port
        source = next(each for each in cluster.primaries if each.port == port)
        target = next(each for each in cluster.primaries if each.port != port)
        process = start_forwarder(processes, cluster.url, receiving.address)
        for number in range(500):
            client.xadd("alerts", {**ALERT, "account": number})

        cluster.move_slot(slot, source, target)
        for number in range(500, 1000):
            client.xadd("alerts", {**ALERT, "account": number})

        receiving.wait_for(999)
        assert receiving.connections() == [list(range(1000))]
        assert process.popen.poll() is None
        assert client.get_node_from_key("alerts").port == target.port
