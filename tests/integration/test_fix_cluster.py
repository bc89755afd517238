"""FIX sessions on a Redis Cluster: their positions lie beside the alerts, and operators find them there."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from redis.cluster import ClusterNode, RedisCluster

from services.cli.commands.fix import main
from tests.support.cluster import Cluster
from tests.support.fix_connection import sent_now
from tests.support.fix_desk import Desk
from tests.support.fix_sessions import session_table, start_checker
from tests.support.processes import Processes
from tests.support.servers import chosen_kinds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Three primaries with a replica each."""
    made = Cluster(chosen_kinds()[0])
    yield made
    made.close()


def run(*words: str) -> list[str]:
    """The lines that `market-spread fix` prints."""
    return CliRunner().invoke(main, words).output.splitlines()


def test_orders_alert_and_positions_are_found(processes: Processes, cluster: Cluster, tmp_path: Path) -> None:
    """A reset, a commit, numbers of ours, status, and an operator's change."""
    file = session_table("desk-a", more='reset = "logon"') + session_table("desk-b", theirs="OTHER")
    checker = start_checker(processes, cluster.url, tmp_path, file)
    for name in ("DESK", "OTHER"):
        desk = Desk(comp_id=name, sent=sent_now)
        with closing(checker.connect(desk)) as line:
            line.send_orders("a", "b")
            line.log_out()

    nodes = [ClusterNode("127.0.0.1", server.port) for server in cluster.servers]
    with RedisCluster(startup_nodes=nodes, decode_responses=True) as client:
        alerts = [fields for _, fields in client.xrange("alerts")]
    assert [(each["source"], each["sequence"], each["order_id"]) for each in alerts] == [
        ("fix:desk-a", "1/2", "a"), ("fix:desk-a", "1/3", "b"),
        ("fix:desk-b", "0/2", "a"), ("fix:desk-b", "0/3", "b"),
    ]  # fmt: skip
    ours = "our numbers below 1001 may have been used"
    assert run("status", "--redis", cluster.url) == [
        f"desk-a: not connected; expects 5 next, after 1 resets; {ours}",
        f"desk-b: not connected; expects 5 next, after 0 resets; {ours}",
    ]
    changed = f"desk-b: not connected; expects 9 next, after 1 resets; {ours}"
    assert run("set-sequence", "desk-b", "--in", "9", "--redis", cluster.url) == [changed]
