"""The services behind a sentinel: the master dies, its replica is promoted, the services follow."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from services.cli.embedded import Server, find_server, free_port
from tests.order_flow import ORDERS, start_orders
from tests.processes import Processes, wait_until
from tests.servers import make_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]


@pytest.fixture
def pair() -> Iterator[tuple[Server, Server]]:
    """A master and its replica."""
    master = make_server("valkey").start()
    replica = make_server("valkey", {"replicaof": f"127.0.0.1 {master.port}"}).start()
    yield master, replica
    master.close()
    replica.close()


@pytest.fixture
def sentinel_url(pair: tuple[Server, Server], tmp_path: Path) -> Iterator[str]:
    """A sentinel that watches the master, and decides alone."""
    port = free_port()
    configuration = tmp_path / "sentinel.conf"
    configuration.write_text(
        f"port {port}\nbind 127.0.0.1\nsentinel monitor desk 127.0.0.1 {pair[0].port} 1\n"
        "sentinel down-after-milliseconds desk 500\nsentinel failover-timeout desk 2000\n"
    )
    with (tmp_path / "sentinel.log").open("wb") as log:
        words = [find_server("valkey"), str(configuration), "--sentinel"]
        process = subprocess.Popen(words, stdout=log, stderr=log, cwd=tmp_path)
    wait_until(lambda: _replicas(port) == 1, "the sentinel knows the replica")
    yield f"redis+sentinel://127.0.0.1:{port}/desk"
    process.kill()
    process.wait()


def _replicas(port: int) -> int:
    try:
        with Redis(port=port, socket_timeout=1) as sentinel:
            replicas = sentinel.sentinel_slaves("desk")
            return sum("slave" in each["flags"] for each in replicas)
    except RedisError:
        return 0


def test_the_services_follow_the_master(
    pair: tuple[Server, Server], sentinel_url: str, processes: Processes, tmp_path: Path
) -> None:
    """The master is killed under load; on the promoted replica every order alerts exactly once."""
    master, replica = pair
    checker = processes.check(sentinel_url)
    sender = start_orders(processes, tmp_path, checker.address())
    with Redis.from_url(master.url) as client:
        wait_until(lambda: client.xlen("alerts") > ORDERS // 10, "alerts flow")
    master.kill()

    assert sender.wait(60) == 0
    with Redis.from_url(replica.url, decode_responses=True) as client:
        assert client.info("replication")["role"] == "master"
        accounts = [int(fields["account"]) for _, fields in client.xrange("alerts")]
    assert accounts == list(range(ORDERS))
