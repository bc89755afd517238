"""Orders by FIX take effect exactly once, whoever is killed, and only because a commit moves the position."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from services.cli.local.embedded import Server, free_port
from tests.support.fix_sessions import session_table, start_checker
from tests.support.market import order_ids
from tests.support.processes import Processes, wait_until
from tests.support.servers import chosen_kinds, make_server
from tests.support.steady_desk import SteadyDesk

KILLS = 8


@pytest.fixture
def durable_server() -> Iterator[Server]:
    """A server that keeps what it has answered when it is killed."""
    server = make_server(chosen_kinds()[0], {"appendonly": "yes", "appendfsync": "no"}).start()
    yield server
    server.close()


class Kills:
    """A desk that sends, and checkers and a server that are killed beneath it.

    Args:
        module: the checker's program.
    """

    def __init__(self, processes: Processes, server: Server, folder: Path, module: str) -> None:
        self._processes, self._server, self._folder = processes, server, folder
        self._module, self._port = module, free_port()
        self._dice = random.Random(14)
        self._client = Redis(port=server.port, protocol=2)
        self._start()
        self.desk = SteadyDesk(lambda: self.checker.address)
        self.in_flight = 0
        """Kills that met orders which had no alert yet."""

    def _start(self) -> None:
        file = session_table("desk-a")
        self.checker = start_checker(
            self._processes, self._server.url, self._folder, file, module=self._module, port=self._port
        )

    def strike(self, what: str, *, is_redis_still: bool = True) -> None:
        """Kill something.

        Args:
            what: `checker`, `redis`, `line`, or `takeover` by another checker.
            is_redis_still: whether Redis stands still just before, so that orders are on their way for sure.
        """
        already = len(self.desk.sent)
        wait_until(lambda: len(self.desk.sent) > already + 200, "the desk sends")
        if is_redis_still:
            self._server.pause()
        paused = len(self.desk.sent)
        time.sleep(self._dice.random() * 0.05)  # the moment is what varies
        self.in_flight += len(self.desk.sent) > paused
        match what:
            case "checker":
                self.checker.process.kill()
            case "redis":
                self._server.kill()
                self._server.start()
            case "line" | "takeover":
                self.desk.cut.set()
        if what != "redis":
            self._server.resume()
        if what == "takeover":
            self._port = free_port()
        if what in {"checker", "takeover"}:
            self._start()

    def finish(self) -> tuple[list[str], list[str]]:
        """Let the desk log out; the orders that were sent, and those that have alerted."""
        sent = self.desk.finish()
        found = order_ids(self._client)
        self._client.close()
        return sent, found


@pytest.mark.slow
def test_each_order_once_and_in_order(processes: Processes, durable_server: Server, tmp_path: Path) -> None:
    """Checker, Redis and the line are killed, and another checker takes over: 0 missing, 0 doubled."""
    kills = Kills(processes, durable_server, tmp_path, "services.orders")
    for number in range(KILLS):
        kills.strike(("checker", "redis", "line", "takeover")[number % 4])
    sent, found = kills.finish()

    assert found == sent
    assert kills.in_flight >= KILLS / 2


@pytest.mark.slow
def test_with_the_position_moved_apart_orders_are_lost(
    processes: Processes, durable_server: Server, tmp_path: Path
) -> None:
    """The same proof fails where the position moves outside the commit, so it can fail."""
    kills = Kills(processes, durable_server, tmp_path, "faults.fix.position_apart")
    for _ in range(KILLS):
        kills.strike("checker", is_redis_still=False)
    sent, found = kills.finish()

    assert set(found) < set(sent)
