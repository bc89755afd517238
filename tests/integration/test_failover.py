"""A replica takes over that does not have the last writes of its primary: what becomes of them."""

from collections.abc import Iterator

import pytest

from services.cli.local.embedded import Server
from shared.redis.slots import slot_of
from tests.support import frames
from tests.support.cluster import Cluster
from tests.support.market import entries_after, quote_of
from tests.support.processes import Processes, wait_until
from tests.support.raw_sender import RawSender, send_all
from tests.support.servers import chosen_kinds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture(params=chosen_kinds()[:1])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Three primaries with a replica each."""
    made = Cluster(request.param)
    yield made
    made.close()


class BlindReplica:
    """The replica of a slot's primary, that sees nothing more of it and then takes over.

    Args:
        cluster: complete.
        slot: whose primary it follows.
    """

    def __init__(self, cluster: Cluster, slot: int) -> None:
        self._cluster = cluster
        self.primary = cluster.primary_of(slot)
        (self.replica,) = cluster.replicas_of(self.primary)
        cluster.client(self.replica).config_set("masterauth", "what the primary does not know")
        cluster.client(self.primary).execute_command("CLIENT", "KILL", "TYPE", "replica")

    def take_over(self) -> Server:
        """Kill the primary, let the replica take over, and the primary come back as a replica."""
        self.primary.kill()
        wait_until(lambda: self._cluster.is_primary(self.replica), "the replica takes over")
        self._cluster.client(self.replica).config_set("masterauth", "")
        self.primary.start()
        wait_until(self._cluster.is_complete, "the primary comes back as a replica")
        return self.replica


def accounts(cluster: Cluster, server: Server) -> list[int]:
    """Which orders have alerted."""
    return [int(alert["account"]) for alert in entries_after(cluster.client(server))]


@pytest.mark.parametrize("source", [b"desk", None], ids=["resumable", "plain"])
def test_alerts_that_no_replica_had_are_written_again(
    source: bytes | None, cluster: Cluster, processes: Processes
) -> None:
    """With --wait-replicas 1 nothing is acknowledged that a takeover loses, and what it loses comes again."""
    checker = processes.check(cluster.url, "--wait-replicas", "1", "--rebuild-wait", "1")
    with RawSender(checker.address(), source) as sender:
        sender.send(*(frames.order(b"NONE", account=number) for number in range(5)))
        owner = cluster.primary_of(slot_of("alerts"))
        wait_until(lambda: accounts(cluster, owner) == list(range(5)), "alerts flow")
        wait_until(lambda: cluster.replicas_of(owner), "a replica follows")
        cluster.wait_for_replicas(owner)

        blind = BlindReplica(cluster, slot_of("alerts"))
        sender.send(*(frames.order(b"NONE", account=number) for number in range(5, 10)))
        wait_until(lambda: accounts(cluster, blind.primary) == list(range(10)), "the primary has them")
        checker.wait_for("replicas must have the commit")
        owner = blind.take_over()

        if source is not None:
            sender.acks_until(10)
        checker.wait_for("Redis is back")
        assert accounts(cluster, owner) == list(range(10))


def test_a_quote_that_no_replica_had_is_written_again(cluster: Cluster, processes: Processes) -> None:
    """The ingestor notices the takeover though no quote comes, and writes what the replica did not have."""
    elsewhere = (f"S{number}" for number in range(1000))
    symbol = next(
        name
        for name in elsewhere
        if cluster.primary_of(slot_of(f"symbol:{name}")) is not cluster.primary_of(slot_of("epoch"))
    )
    slot = slot_of(f"symbol:{symbol}")
    ingestor = processes.ingest(cluster.url)
    send_all(ingestor.address(), frames.quote(symbol.encode(), 10.0, 10.01))
    owner = cluster.primary_of(slot)
    cluster.wait_for_replicas(owner)

    blind = BlindReplica(cluster, slot)
    send_all(ingestor.address(), frames.quote(symbol.encode(), 20.0, 20.01))
    assert quote_of(cluster.client(owner), symbol)["bid"] == "20.0"
    owner = blind.take_over()

    wait_until(
        lambda: quote_of(cluster.client(owner), symbol)["bid"] == "20.0", "the newest quote is back", 10
    )
