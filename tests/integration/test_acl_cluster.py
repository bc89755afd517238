"""Every service under its own Redis user on a cluster, whose replicas have a user too."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.cli.local.embedded import Server
from shared.redis.slots import slot_of
from tests.support import commands, frames
from tests.support.cluster import Cluster
from tests.support.market import entries_after, health
from tests.support.processes import Processes, wait_until
from tests.support.raw_sender import RawSender
from tests.support.receiving import Receiving, start_forwarder
from tests.support.secured import documented_users, password, user_options
from tests.support.servers import chosen_kinds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

QUOTED = [b"%4d" % number for number in range(1000, 1030)]


@pytest.fixture(params=chosen_kinds())
def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cluster]:
    """Three primaries with a replica each, under the project's users."""
    login = {"masteruser": "replica", "masterauth": password("replica")}
    users = user_options(tmp_path, documented_users())
    made = Cluster(request.param, options={**users, **login}, login=("admin", password("admin")))
    yield made
    made.close()


def url_of(cluster: Cluster, user: str) -> str:
    """For `--redis`."""
    return cluster.url.replace("://", f"://{user}:{password(user)}@")


def accounts(cluster: Cluster, server: Server) -> list[int]:
    """Of the alerts: which orders have alerted."""
    return [int(alert["account"]) for alert in entries_after(cluster.client(server))]


def refused(cluster: Cluster) -> list[tuple[object, ...]]:
    """What any server has refused anybody."""
    entries = [entry for server in cluster.servers for entry in cluster.client(server).acl_log()]
    return [(entry["username"], entry["object"], entry["reason"]) for entry in entries]


def test_all_services_on_a_cluster_that_loses_a_primary(
    cluster: Cluster, processes: Processes, receiving: Receiving
) -> None:
    """Quotes, orders of both kinds, HTTP, forwarding, and a takeover: nobody is refused anything."""
    ingestor = processes.ingest(url_of(cluster, "ingestor"))
    words = ("--wait-replicas", "1", "--stream", "orders", "--rebuild-wait", "5")
    checker = processes.check(url_of(cluster, "checker"), *words)
    api = processes.api(url_of(cluster, "api"))
    start_forwarder(processes, url_of(cluster, "forwarder"), receiving.address)
    first = cluster.primary_of(slot_of("alerts"))
    (heir,) = cluster.replicas_of(first)

    with RawSender(ingestor.address(), b"nbbo") as quotes, RawSender(checker.address(), b"desk") as orders:
        quotes.send(*(frames.quote(name, 10.0, 10.05) for name in QUOTED))
        quotes.acks_until(len(QUOTED))
        orders.send(*(frames.order(name, account=number) for number, name in enumerate(QUOTED)))
        orders.acks_until(len(QUOTED))
        fields = "order_id order1 account 30 side buy symbol BTU quantity 1 price 1 transact_time now"
        stream = cluster.client(cluster.primary_of(slot_of("orders")))
        stream.execute_command("XADD", "orders", "*", *fields.split())
        wait_until(lambda: accounts(cluster, first) == list(range(31)), "both feeds alert")

        first.kill()
        wait_until(lambda: cluster.is_primary(heir) and cluster.is_whole(), "its replica takes over")
        orders.send(frames.order(b"1007", account=31))
        first.start()
        orders.acks_until(len(QUOTED) + 1)

    receiving.wait_for(31)
    with httpx.Client(base_url="http://{}:{}".format(*api.address()), timeout=5) as http:
        wait_until(lambda: http.get("/health/ready").status_code == 200, "the API is ready")
        found = http.get("/symbols", params={"risky": True}).json()["symbols"]
        assert [each["symbol"].encode() for each in found] == QUOTED
        alerts = http.get("/alerts", params={"after": "0"}).json()["alerts"]
        assert [each["account"] for each in alerts] == [str(number) for number in range(32)]

        def roles() -> set[str]:
            return {each["role"] for each in http.get("/status").json()["services"]}

        wait_until(lambda: roles() == {"ingest", "check", "forward"}, "all are listed", state=roles)
    listed = commands.run(processes, "alerts", "--json", "--redis", url_of(cluster, "api"))
    assert (listed.code, listed.output.count("order1")) == (0, 32)
    wait_until(lambda: health(ingestor)[0] == health(checker)[0] == 200, "both are ready")
    wait_until(cluster.is_complete, "the old primary follows")
    assert refused(cluster) == []
