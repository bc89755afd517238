"""The services behind sentinels: they follow the master, and sentinels that hang hold up nobody for long."""

import asyncio
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, aclosing
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from redis import Redis
from redis.exceptions import RedisError

from market_spread import subscribe
from services.cli.local.embedded import Server, find_server, free_port
from tests.integration.web.conftest import base_url
from tests.support import frames
from tests.support.commands import run
from tests.support.market import Market, entries_after, quote_of
from tests.support.market_state import put_alerts
from tests.support.order_flow import ORDERS, start_orders
from tests.support.processes import Processes, wait_until
from tests.support.raw_sender import RawSender
from tests.support.servers import make_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]


@pytest.fixture
def pair() -> Iterator[tuple[Server, Server]]:
    """A master and its replica."""
    master = make_server("valkey").start()
    replica = make_server("valkey", {"replicaof": f"127.0.0.1 {master.port}"}).start()
    yield master, replica
    master.close()
    replica.close()


class Sentinel(NamedTuple):
    """A sentinel that watches a service named `desk`."""

    port: int
    process: subprocess.Popen[bytes]


@pytest.fixture
def sentinel(pair: tuple[Server, Server], tmp_path: Path) -> Iterator[Sentinel]:
    """It watches the master, and decides alone."""
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
    yield Sentinel(port, process)
    process.kill()
    process.wait()


@pytest.fixture
def silent() -> Iterator[list[int]]:
    """Ports on which somebody listens and never says anything."""
    with ExitStack() as stack:
        listeners = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=100)) for _ in range(3)
        ]
        yield [listener.getsockname()[1] for listener in listeners]


def url(*ports: int) -> str:
    """The URL of the service behind sentinels on these ports."""
    return f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in ports)}/desk"


def _replicas(port: int) -> int:
    try:
        with Redis(port=port, socket_timeout=1) as sentinel:
            replicas = sentinel.sentinel_slaves("desk")
            return sum("slave" in each["flags"] for each in replicas)
    except RedisError:
        return 0


def test_the_services_follow_the_master(
    pair: tuple[Server, Server], sentinel: Sentinel, processes: Processes, tmp_path: Path
) -> None:
    """The master is killed under load; on the promoted replica every order alerts exactly once."""
    master, replica = pair
    checker = processes.check(url(sentinel.port))
    sender = start_orders(processes, tmp_path, checker.address())
    with Redis.from_url(master.url) as client:
        wait_until(lambda: client.xlen("alerts") > ORDERS // 10, "alerts flow")
    master.kill()

    assert sender.wait(60) == 0
    with Redis.from_url(replica.url, decode_responses=True) as client:
        assert client.info("replication")["role"] == "master"
        accounts = [int(fields["account"]) for _, fields in client.xrange("alerts")]
    assert accounts == list(range(ORDERS))


def test_a_subscriber_follows_the_master(pair: tuple[Server, Server], sentinel: Sentinel) -> None:
    """The master is killed; the alerts that the promoted replica gets come to the subscriber."""
    master, replica = pair
    with Redis.from_url(master.url) as client, Redis.from_url(replica.url) as other:
        ids = put_alerts(client, 3)
        wait_until(lambda: other.xlen("alerts") == 3, "the replica has them")

        async def scenario() -> None:
            async with aclosing(subscribe(url(sentinel.port), after="0")) as alerts:
                assert [(await anext(alerts)).id for _ in range(3)] == ids
                master.kill()
                next_one = asyncio.ensure_future(anext(alerts))
                await asyncio.to_thread(wait_until, lambda: is_master(other), "the replica takes over")
                with Redis.from_url(replica.url) as promoted:
                    (new,) = put_alerts(promoted, 1)
                assert (await asyncio.wait_for(next_one, 20)).id == new

        asyncio.run(scenario())


def is_master(client: Redis) -> bool:
    """Whether a server takes itself for one."""
    return bool(client.info("replication")["role"] == "master")


def test_quotes_that_a_lagging_replica_lacks_are_written_again(
    pair: tuple[Server, Server], sentinel: Sentinel, processes: Processes
) -> None:
    """A replica that had seen a calm market takes over while garbage is what meets the break first.

    Orders are held until the risky market is back, and each meets it.
    """
    master, replica = pair
    market = Market(processes, url(sentinel.port))
    names = [b"S%03d" % number for number in range(30)]
    market.send_quotes(*(frames.quote(name, 10.0, 10.01) for name in names))
    with Redis(port=master.port) as client, Redis(port=replica.port) as other:
        wait_until(lambda: other.exists("symbol:S029"), "the replica has the calm market")
        other.config_set("masterauth", "what the master does not know")
        client.execute_command("CLIENT", "KILL", "TYPE", "replica")
        market.send_quotes(*(frames.quote(name, 10.0, 10.5) for name in names))
        master.kill()
        with RawSender(market.quotes, b"desk") as sender:
            sender.send(b"\x63garbage")
            wait_until(lambda: other.info("replication")["role"] == "master", "the replica takes over")
            market.send_orders(*(frames.order(name) for name in names))
            assert [alert["offer"] for alert in entries_after(other)] == ["10.5"] * 30
        assert quote_of(other, "S029")["offer"] == "10.5"


def test_a_sentinel_that_hangs_is_passed_over(
    pair: tuple[Server, Server], sentinel: Sentinel, silent: list[int], processes: Processes
) -> None:
    """Listed first, it costs one attempt: the next one begins with the next sentinel."""
    del pair
    ours = url(*silent, sentinel.port)
    checker, api = processes.check(ours), processes.api(ours)
    assert 1 <= len(checker.events("out of reach")) <= 3
    with RawSender(checker.address()) as sender:
        sender.send(frames.order())
        sender.finish()
    with httpx.Client(base_url=base_url(api), timeout=5) as http:
        wait_until(lambda: http.get("/alerts").status_code == 200, "the API has found the master")
        assert len(http.get("/alerts").json()["alerts"]) == 1


def test_hanging_sentinels_hold_up_no_end(
    pair: tuple[Server, Server], sentinel: Sentinel, silent: list[int], processes: Processes
) -> None:
    """With all of it hanging the API says 503 at once, and each process ends within 5 s of the signal."""
    ours = url(sentinel.port, *silent)
    checker, api = processes.check(ours), processes.api(ours)
    with RawSender(checker.address(), b"held") as sender, httpx.Client(base_url=base_url(api)) as http:
        sender.ack()
        for server in pair:
            server.pause()
        sentinel.process.send_signal(signal.SIGSTOP)
        sender.send(frames.order())
        checker.wait_for("Redis is away")
        for _ in range(6):
            began = time.monotonic()
            assert http.get("/symbols").status_code == 503
            assert time.monotonic() - began < 1
        for process, code in ((api, 0), (checker, 1)):
            process.terminate()
            assert process.wait(5) == code
    for server in pair:
        server.resume()


def test_a_start_behind_hanging_sentinels_is_bounded(silent: list[int], processes: Processes) -> None:
    """Each attempt is logged, and the last one is over after 15 s."""
    words = ("--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--log-format", "json")
    process = processes.start("-m", "services.orders", *words, "--redis", url(*silent))
    process.wait_for("attempt 1 of 10")
    assert process.wait(15) == 1
    assert len(process.events("out of reach, attempt")) >= 4


def test_the_doctor_asks_sentinels_and_their_master(
    processes: Processes, pair: tuple[Server, Server], sentinel: Sentinel
) -> None:
    """What all sentinels name is looked at; a sentinel that says nothing of it is named."""
    both = f"redis+sentinel://127.0.0.1:{sentinel.port},127.0.0.1:1/desk"
    wait_until(lambda: "version" in run(processes, "doctor", "--redis", both).output, "the master is known")

    ended = run(processes, "doctor", "--redis", both)
    unknown = run(processes, "doctor", "--redis", f"redis+sentinel://127.0.0.1:{sentinel.port}/other")

    assert "note  sentinels    1 of 2 know nothing of desk: 127.0.0.1:1; start them" in ended.output
    assert f"at 127.0.0.1:{pair[0].port}\n" in ended.output
    assert unknown.code == 1
    assert "1 of 1 know nothing of other" in unknown.output
    assert "no sentinel knows the master of 'other'" in unknown.lines[-1]
