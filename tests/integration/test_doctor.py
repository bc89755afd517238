"""`market-spread doctor` against real servers: what is wrong is told, and nothing is changed."""

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support.cluster import Cluster
from tests.support.commands import Ended, run
from tests.support.market_state import put_alerts, put_symbol
from tests.support.processes import Processes, wait_until
from tests.support.secured import client_of, documented_users, make_secured_server, url_of
from tests.support.servers import chosen_kinds, make_server

pytestmark = pytest.mark.slow


SAFE = {"appendonly": "yes", "appendfsync": "always"}
ROLES = {"ingestor": "ingest", "checker": "check", "api": "api", "forwarder": "forward"}
LACKING = "user lacking on +@connection -@dangerous +info +time +cluster|slots (+smembers ~symbols)"


@pytest.fixture(scope="module", params=chosen_kinds())
def secured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as it has to be, under the users of deploy/users.acl, and one who may hardly anything."""
    users = [*documented_users(), LACKING]
    made = make_secured_server(request.param, tmp_path_factory.mktemp("acl"), users, SAFE)
    made.start()
    yield made
    made.close()


def examine(processes: Processes, url: str, *words: str) -> Ended:
    """What the command says."""
    return run(processes, "doctor", "--redis", url, *words)


def lines(ended: Ended, level: str) -> list[str]:
    """The findings of a level."""
    return [line for line in ended.output.splitlines() if line.startswith(level)]


def everything(client: Redis) -> dict[Any, Any]:
    """All that a server has."""
    return {key: client.dump(key) for key in client.keys("*")}


def test_a_healthy_server_with_services(processes: Processes, secured: Server) -> None:
    """Exit code 0, nothing bad; the services that run are listed, and what is there is counted."""
    url = url_of(secured, "admin")
    with client_of(secured, "admin") as client:
        client.flushall()
        processes.ingest(url_of(secured, "ingestor"))
        processes.check(url_of(secured, "checker"))
        put_symbol(client, "BTU", updated_at=1450708200123456)
        put_alerts(client, 3)
        wait_until(lambda: len(client.keys("service:*")) == 2, "both services have said so")
        wait_until(lambda: client.get("epoch"), "an ingestor vouches")
        ended = examine(processes, url)

    assert (ended.code, lines(ended, "bad"), lines(ended, "note"), ended.lines) == (0, [], [], [])
    assert "append-only file, appendfsync always" in ended.output
    assert "user admin has all rights for ingest, check, api, forward" in ended.output
    assert "1 symbols; the newest quote of 1 looked at is of 2015-12-21T14:30:00.123456Z" in ended.output
    assert "an ingestor vouches for the quotes" in ended.output
    assert re.search("3 in alerts, from .*; 0 trimmed", ended.output)
    assert (
        len(re.findall(r"ok    services +(ingest|check) \S+ on \S+, process \d+: running", ended.output)) == 2
    )
    assert ended.output.splitlines()[-1] == "nothing here breaks a promise"


@pytest.mark.parametrize("user", ROLES)
def test_the_user_of_each_role_has_its_rights_and_no_others(
    processes: Processes, secured: Server, user: str
) -> None:
    """So what the doctor asks for is what docs/security.md lists; and asking changes nothing."""
    with client_of(secured, "admin") as client:
        client.flushall()
        put_symbol(client, "BTU")
        put_alerts(client, 1)
        before = everything(client)
        ended = examine(processes, url_of(secured, user))
        assert everything(client) == before

    others = ", ".join(role for role in ("ingest", "check", "api", "forward") if role != ROLES[user])
    assert ended.code == 0
    assert f"user {user} has all rights for {ROLES[user]}; for {others} it lacks some" in ended.output


def test_a_user_without_rights(processes: Processes, secured: Server) -> None:
    """What it lacks for the service that it comes nearest to is named, with what to do; exit code 1."""
    ended = examine(processes, url_of(secured, "lacking"))

    (bad,) = lines(ended, "bad")
    assert ended.code == 1
    assert bad.startswith("bad   rights       user lacking may run no service; for ")
    assert bad.endswith("give it the rights that docs/security.md lists")
    assert ended.output.splitlines()[-1] == "1 of these would break a promise"


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ("producer", "no permissions.*docs/security.md"),
        ("nobody", "check the user and the password|name a user and a password"),
    ],
)
def test_refused_at_the_door(processes: Processes, secured: Server, user: str, said: str) -> None:
    """Who may not even ask what every service asks gets one line and exit code 2."""
    ended = examine(processes, url_of(secured, user))

    (line,) = ended.lines
    assert (ended.code, ended.output) == (2, "")
    assert re.search(said, line)


@pytest.mark.parametrize("kind", chosen_kinds())
def test_a_server_that_would_break_promises(processes: Processes, kind: str) -> None:
    """One that may evict and keeps nothing, with a stranger's key: each is a line with what to do."""
    with closing(
        make_server(kind, {"maxmemory-policy": "allkeys-lru", "maxmemory": "100mb"}).start()
    ) as server:
        with Redis.from_url(server.url) as client:
            client.set("alerts", "of another program")
            client.set("symbols", "too")
        ended = examine(processes, server.url)

    assert ended.code == 1
    persistence, eviction, symbols, alerts = lines(ended, "bad")
    assert "set appendonly yes" in persistence
    assert "set maxmemory-policy noeviction" in eviction
    assert "symbols is not of our type" in symbols
    assert "alerts is not of our type" in alerts
    assert ended.output.splitlines()[-1] == "4 of these would break a promise"


def test_a_replica(processes: Processes) -> None:
    """It takes no writes; its primary is named, and the rest is not looked at."""
    with (
        closing(make_server(chosen_kinds()[0], SAFE).start()) as primary,
        closing(
            make_server(chosen_kinds()[0], {**SAFE, "replicaof": f"127.0.0.1 {primary.port}"}).start()
        ) as replica,
    ):
        ended = examine(processes, replica.url)

    assert ended.code == 1
    assert f"a replica of 127.0.0.1:{primary.port}" in lines(ended, "bad")[0]
    assert "rights" not in ended.output


def test_nobody_there(processes: Processes) -> None:
    """One line, exit code 1."""
    ended = examine(processes, "redis://127.0.0.1:1/0")

    (line,) = ended.lines
    assert (ended.code, ended.output) == (1, "")
    assert "out of reach" in line


@pytest.mark.parametrize("url", ["http://127.0.0.1", "redis+sentinel://127.0.0.1:1", "redis://h/x"])
def test_a_wrong_url(processes: Processes, url: str) -> None:
    """One line, exit code 2."""
    ended = examine(processes, url)

    assert (ended.code, ended.output, len(ended.lines)) == (2, "", 1)


@pytest.mark.slow
def test_a_cluster(processes: Processes) -> None:
    """By its URL all primaries are looked at; by that of a node it is said that this is one of a cluster."""
    with closing(Cluster(chosen_kinds()[0], options=SAFE)) as cluster:
        wait_until(lambda: all(_replicas(cluster, each) == 1 for each in cluster.primaries), "the replicas")
        ended = examine(processes, cluster.url)
        of_node = examine(processes, cluster.primaries[0].url)

    assert (ended.code, lines(ended, "bad")) == (0, [])
    assert "3 primaries serve 16,384 of 16,384 slots" in ended.output
    assert all(f"127.0.0.1:{each.port}" in ended.output for each in cluster.primaries)
    assert of_node.code == 1
    assert "use redis+cluster://" in lines(of_node, "bad")[0]


def _replicas(cluster: Cluster, primary: Server) -> int:
    with cluster.client(primary) as client:
        found: dict[str, Any] = client.info("replication")
    return int(found["connected_slaves"])
