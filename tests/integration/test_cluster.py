"""The services on a Redis Cluster: the same alerts, through the death of a primary and a moving slot."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from httpx import Client
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import RedisError

from shared.market.limits.file.read_file import read_limits
from shared.published.asking import ask
from shared.published.changing import activate, publish
from shared.redis.slots import slot_of
from shared.redis.url import open_link
from tests.integration.test_acceptance import TABLE
from tests.integration.web.conftest import base_url
from tests.support import commands, frames
from tests.support.cluster import Cluster
from tests.support.limits_files import one_class
from tests.support.market import Market
from tests.support.order_flow import ORDERS, start_orders
from tests.support.processes import Processes, wait_until
from tests.support.raw_sender import RawSender
from tests.support.servers import chosen_kinds, data_file

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture(scope="module", params=chosen_kinds())
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Three primaries with a replica each."""
    made = Cluster(request.param)
    yield made
    made.close()


@pytest.fixture
def client(cluster: Cluster) -> Iterator[RedisCluster]:
    """A client of the cluster, which is empty at the start."""
    nodes = [ClusterNode("127.0.0.1", server.port) for server in cluster.servers if server.is_running]
    with RedisCluster(startup_nodes=nodes, decode_responses=True) as found:
        found.flushall(target_nodes=RedisCluster.PRIMARIES)
        yield found


@pytest.mark.parametrize(("quotes", "orders", "alerts", "without_quote"), TABLE)
def test_the_real_data_give_the_same_alerts_on_a_cluster(
    quotes: str,
    orders: str,
    alerts: int,
    without_quote: int,
    cluster: Cluster,
    client: RedisCluster,
    processes: Processes,
) -> None:
    """The acceptance table holds on three primaries, and the symbols lie on all of them."""
    market = Market(processes, cluster.url)
    market.send_quotes(*frames.split(data_file(quotes).read_bytes()))
    market.send_orders(*frames.split(data_file(orders).read_bytes()))

    found = alerts_of(client)
    assert len(found) == alerts
    assert sum(fields["reason"] == "no_quote" for fields in found) == without_quote
    assert all(cluster.client(server).dbsize() > 50 for server in cluster.primaries)


def test_orders_are_judged_by_limits_that_lie_on_another_node(
    cluster: Cluster, client: RedisCluster, processes: Processes
) -> None:
    """Pointers, symbols and alerts lie apart; a change of version holds from the next order on."""
    checker = processes.check(cluster.url)
    symbols = [f"S{number:03}" for number in range(60)]
    for name in symbols:
        client.hset(f"symbol:{name}", mapping={"bid": "10.0", "offer": "10.01"})
    sent = 0
    with closing(open_link(cluster.url)) as link, RawSender(checker.address(), b"desk") as sender:
        for number in (1, 2, 3):
            text = one_class(f'[class.order]\nmax_quantity = "{number}"')
            published = ask(link, publish(read_limits(text.encode()), "ann", "a test"))
            before: Any = client.get("limits:{limits}:active")
            ask(link, activate(published.number, (before or "").encode(), "ann", "a test"))
            sender.send(*(frames.order(name.encode()) for name in symbols))
            sent += len(symbols)
            sender.acks_until(sent)

    found = alerts_of(client)
    assert [alert["symbol"] for alert in found] == symbols * 3
    assert [alert["limits"] for alert in found] == [f"{n}:all" for n in (1, 2, 3) for _ in symbols]
    assert client.hget("position:{alerts}:orders:desk", "limits") == "3"


@pytest.mark.parametrize("stream", ["orders", "orders {7}"])
def test_a_replay_into_a_stream_of_a_cluster(
    stream: str, cluster: Cluster, client: RedisCluster, processes: Processes, tmp_path: Path
) -> None:
    """Entries and their count lie in one slot: started again under its name, a replay adds nothing twice."""
    rows = "".join(f"NONE,buy,{number}\n" for number in range(3000))
    (tmp_path / "orders.csv").write_text("symbol,side,id\n" + rows)
    words = ("--to-stream", stream, "--redis", cluster.url, "--source", "day")
    for _ in range(2):
        ended = commands.run(processes, "replay", tmp_path / "orders.csv", *words)
        assert ended.code == 0, ended.lines
    found: Any = client.xrange(stream)
    assert [int(fields["order_id"]) for _, fields in found] == list(range(3000))


def numbers(client: RedisCluster) -> list[int]:
    """Which orders have alerted, in the order of the stream."""
    return [int(alert["account"]) for alert in alerts_of(client)]


def alerts_of(client: RedisCluster) -> list[dict[str, str]]:
    """All alerts."""
    entries: Any = client.xrange("alerts")
    return [fields for _, fields in entries]


def test_a_slot_that_moves_in_mid_run_loses_and_doubles_nothing(
    cluster: Cluster, client: RedisCluster, processes: Processes, tmp_path: Path
) -> None:
    """While the slot of alerts and positions moves to another primary, every order alerts exactly once."""
    checker = processes.check(cluster.url)
    sender = start_orders(processes, tmp_path, checker.address())
    wait_until(lambda: client.xlen("alerts") > ORDERS // 10, "alerts flow")

    slot = slot_of("alerts")
    owner = client.nodes_manager.get_node_from_slot(slot)
    source = next(server for server in cluster.primaries if server.port == owner.port)
    target = next(server for server in cluster.primaries if server is not source)
    cluster.move_slot(slot, source, target)

    assert sender.wait(60) == 0
    assert numbers(client) == list(range(ORDERS))
    cluster.move_slot(slot, target, source)


def test_orders_come_from_a_stream_in_another_slot(
    cluster: Cluster, client: RedisCluster, processes: Processes
) -> None:
    """Orders are read from a stream that lies on another primary than the alerts."""
    stream = next(name for name in map("orders{}".format, range(100)) if _elsewhere(client, name))
    for number in range(50):
        fields: dict[Any, Any] = {
            "order_id": f"{number:06}",
            "account": number,
            "side": "buy",
            "symbol": "NONE",
        }
        client.xadd(stream, {**fields, "quantity": 1, "price": 2, "transact_time": "now"})
    processes.check(cluster.url, "--listen", "none", "--stream", stream)
    wait_until(lambda: client.xlen("alerts") == 50, "all orders of the stream alert")
    assert numbers(client) == list(range(50))


def _elsewhere(client: RedisCluster, name: str) -> bool:
    manager = client.nodes_manager
    return manager.get_node_from_slot(slot_of(name)) != manager.get_node_from_slot(slot_of("alerts"))


def test_a_primary_dies_and_every_order_still_alerts_exactly_once(
    cluster: Cluster, client: RedisCluster, processes: Processes, tmp_path: Path
) -> None:
    """The primary of the alerts is killed under load; its replica takes over, and nothing is lost or doubled.

    The checker waits for the replica with each commit, so what is acknowledged survives.
    """
    checker = processes.check(cluster.url, "--wait-replicas", "1", "--rebuild-wait", "5")
    sender = start_orders(processes, tmp_path, checker.address())
    wait_until(lambda: client.xlen("alerts") > ORDERS // 10, "alerts flow")

    owner = client.nodes_manager.get_node_from_slot(slot_of("alerts"))
    victim = next(server for server in cluster.servers if server.port == owner.port)
    (heir,) = cluster.replicas_of(victim)
    victim.kill()
    wait_until(lambda: cluster.is_primary(heir) and cluster.is_whole(), "its replica takes over")
    victim.start()

    assert sender.wait(60) == 0
    wait_until(lambda: _readable(client), "the cluster answers again")
    assert numbers(client) == list(range(ORDERS))


def _readable(client: RedisCluster) -> bool:
    try:
        return bool(client.xlen("alerts"))
    except (RedisError, OSError):
        return False


def test_the_api_and_the_alerts_command_read_from_a_cluster(
    cluster: Cluster, client: RedisCluster, processes: Processes
) -> None:
    """Symbols and alerts come over HTTP and by `market-spread alerts`, wherever their keys lie."""
    market = Market(processes, cluster.url)
    names = [b"%4d" % number for number in range(1000, 1030)]
    market.send_quotes(*(frames.quote(name, 10.0, 10.05) for name in names))
    market.send_orders(*(frames.order(name) for name in names))
    assert client.xlen("alerts") == len(names)

    host, port = processes.api(cluster.url).address()
    with Client(base_url=f"http://{host}:{port}", timeout=5) as http:
        symbols = http.get("/symbols", params={"risky": True}).json()["symbols"]
        assert [each["symbol"].encode() for each in symbols] == names
        assert http.get("/symbols/1007").json()["spread"] == 0.05
        assert len(http.get("/alerts").json()["alerts"]) == len(names)
        assert http.get("/health/ready").status_code == 200
    words = ("-c", "from services.cli.main import main; main()", "alerts", "--json", "--redis", cluster.url)
    command = processes.start(*words)
    assert command.wait() == 0
    assert command.output().count('"symbol"') == len(names)


def test_hanging_nodes_hold_up_no_end(processes: Processes) -> None:
    """With all nodes hanging the API says 503 at once, and each process ends within 5 s of the signal."""
    cluster = Cluster("valkey", replicas=0)
    with closing(cluster):
        market, api = Market(processes, cluster.url), processes.api(cluster.url)
        with RawSender(market.orders, b"held") as sender, Client(base_url=base_url(api)) as http:
            sender.ack()
            assert http.get("/symbols").status_code == 200
            for server in cluster.servers:
                server.pause()
            sender.send(frames.order())
            market.checker.wait_for("Redis is away")
            for _ in range(6):
                began = time.monotonic()
                assert http.get("/symbols").status_code == 503
                assert time.monotonic() - began < 1
            for process, code in ((api, 0), (market.ingestor, 0), (market.checker, 1)):
                process.terminate()
                assert process.wait(5) == code
