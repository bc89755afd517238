"""One node of a cluster loses its data: the others' epochs say nothing about it, its own does."""

from collections.abc import Callable, Iterator

import pytest

from services.cli.local.embedded import Server
from shared.market import keys
from shared.redis.slots import slot_of
from tests.support import frames
from tests.support.cluster import Cluster
from tests.support.market import Market, entries_after, quote_of
from tests.support.processes import Processes, wait_until
from tests.support.raw_sender import RawSender
from tests.support.servers import chosen_kinds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

NAMES = [f"S{number:03}" for number in range(60)]
RISKY = NAMES[40:]


@pytest.fixture(params=chosen_kinds())
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Three primaries that keep nothing on disk."""
    made = Cluster(request.param, replicas=0)
    yield made
    made.close()


def empty_again(cluster: Cluster, node: Server) -> None:
    """Killed, and started again as the same node, without its data."""
    node.kill()
    node.start()
    wait_until(cluster.is_whole, "the cluster is whole")


def flushed(cluster: Cluster, node: Server) -> None:
    """FLUSHALL by somebody, on this node alone."""
    cluster.client(node).flushall()


def node_without(cluster: Cluster, *others: str) -> Server:
    """A node that has none of these keys."""
    having = {cluster.primary_of(slot_of(key)).port for key in others}
    return next(each for each in cluster.primaries if each.port not in having)


@pytest.mark.parametrize("first", ["ingestor", "checker", "nobody"])
@pytest.mark.parametrize("lose", [empty_again, flushed])
def test_no_false_no_quote_and_no_calm(
    cluster: Cluster, processes: Processes, lose: Callable[[Cluster, Server], None], first: str
) -> None:
    """A node without `epoch` and `alerts` is empty: every order meets its quote, and the hashes are back."""
    market = Market(processes, cluster.url)
    market.send_quotes(
        *(frames.quote(name.encode(), 10.0, 10.5 if name in RISKY else 10.01) for name in NAMES)
    )
    market.send_orders(*(frames.order(name.encode()) for name in NAMES))
    node = node_without(cluster, keys.EPOCH, keys.ALERTS)
    lost = [name for name in NAMES if cluster.primary_of(slot_of(f"symbol:{name}")) is node]
    assert lost
    lose(cluster, node)
    if first == "ingestor":
        with RawSender(market.quotes) as sender:
            sender.send(b"\x63garbage")
    if first == "checker":
        with RawSender(market.orders) as sender:
            sender.send(b"\x63garbage")
    market.send_orders(*(frames.order(name.encode()) for name in NAMES))

    owner = cluster.client(cluster.primary_of(slot_of(keys.ALERTS)))
    found = [(alert["symbol"], alert["reason"]) for alert in entries_after(owner)]
    assert found == [(name, "spread") for name in RISKY] * 2
    wait_until(lambda: all(quote_of(cluster.client(node), name) for name in lost), "the hashes are back", 2)
