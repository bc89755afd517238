"""Exactly once with an engine that is not ours: QuickFIX with its file store, which dials and is dialled."""

import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from services.cli.local.die_with_parent import dying_with_parent
from services.cli.local.embedded import Server, free_port
from tests.support.fix_sessions import FixChecker, session_table, start_checker
from tests.support.market import order_ids
from tests.support.processes import ROOT, Processes, wait_until
from tests.support.servers import chosen_kinds, make_server

PYTHON = ROOT / ".venv/fix-peer/bin/python"
ORDERS = 3000
KILLS = 8
PATIENCE_S = 60.0


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that keeps what it has answered when it is killed."""
    if not PYTHON.exists():
        pytest.skip("fix-peer: QuickFIX is not installed (make fix-peer)")
    made = make_server(chosen_kinds()[0], {"appendonly": "yes", "appendfsync": "no"}).start()
    yield made
    made.close()


class Engine:
    """QuickFIX in a process of its own; what it has stored outlives it.

    Args:
        role: its own.
        port: to dial, or to be dialled at.
        folder: of its store.
        begin: BeginString.
    """

    def __init__(self, role: str, port: int, folder: Path, begin: str) -> None:
        script = ROOT / "tests/support/quickfix_desk.py"
        words = [str(PYTHON), str(script), role, str(port), str(folder), str(ORDERS), begin]
        self.process = subprocess.Popen(
            dying_with_parent(words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def end(self) -> str:
        """Let it log out; what it has printed."""
        return self.process.communicate(timeout=PATIENCE_S)[0]


def wait_for_alerts(client: Redis, wanted: int) -> None:
    """Wait until so many orders have alerted."""
    wait_until(lambda: len(order_ids(client)) >= wanted, f"{wanted} alerts", PATIENCE_S)


@pytest.mark.slow
@pytest.mark.parametrize("begin", ["FIX.4.4", "FIXT.1.1"])
@pytest.mark.parametrize("role", ["initiator", "acceptor"])
def test_each_order_once_and_in_order(
    processes: Processes, server: Server, tmp_path: Path, role: str, begin: str
) -> None:
    """Checker and Redis are killed in turn while it sends; each order alerts once."""
    port, dice = free_port(), random.Random(begin + role)
    file = session_table("desk-a", begin=begin)
    if role == "acceptor":
        dial = f'heartbeat_s = 1\nconnect = "127.0.0.1:{port}"'
        file = session_table("desk-a", begin=begin, more=dial).replace("acceptor", "initiator")
    (tmp_path / "store").mkdir()

    def start() -> FixChecker:
        listen = port if role == "initiator" else 0
        return start_checker(processes, server.url, tmp_path, file, port=listen)

    with Redis(port=server.port, protocol=2) as client:
        checker = start()
        engine = Engine(role, port, tmp_path / "store", begin)
        for number in range(KILLS):
            wait_for_alerts(client, min(len(order_ids(client)) + 100, ORDERS))
            time.sleep(dice.random() * 0.1)  # the moment is what varies
            if number % 2:
                server.kill()
                server.start()
            else:
                checker.process.kill()
                checker = start()
                checker.process.wait_for("logged on")
        wait_for_alerts(client, ORDERS)
        printed = engine.end()

        assert order_ids(client) == [str(number) for number in range(ORDERS)]
    assert printed.count("logon") == 1 + KILLS / 2
