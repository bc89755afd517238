"""The day's reset of a FIX session while orders are on their way: they count once, then it begins at 1."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from redis import Redis

from faults.fix.own_zone import NAME, make_zone
from services.cli.local.embedded import Server
from tests.support.fix_connection import sent_now
from tests.support.fix_desk import Desk
from tests.support.fix_sessions import FixChecker, session_table, start_checker
from tests.support.market import entries_after, order_ids
from tests.support.processes import Processes, wait_until
from tests.support.servers import chosen_kinds, make_server

SOON_S = 3


@pytest.fixture
def server() -> Iterator[Server]:
    """One that can stand still."""
    made = make_server(chosen_kinds()[0]).start()
    yield made
    made.close()


class Day:
    """A desk whose day ends when the checker's does: it answers our Logout, and begins again at 1."""

    def __init__(self, checker: FixChecker) -> None:
        self.desk = Desk(sent=sent_now)
        self.sent: list[str] = []
        self.line = checker.connect(self.desk, heartbeat_s=1)

    def send(self) -> None:
        """Some orders."""
        names = [str(len(self.sent) + place) for place in range(5)]
        self.sent += names
        self.line.send_orders(*names)
        self.line.hear(0.002)

    def end(self) -> None:
        """Answer the checker's Logout."""
        self.line.hear_until(lambda: self.desk.is_over, "the checker logs out")
        assert self.desk.said == ["the session's day is over"]
        self.line.say(self.desk.log_out())
        self.line.close()

    def close(self) -> None:
        """End the connection."""
        self.line.close()

    def begin(self, checker: FixChecker) -> None:
        """The next day; while the checker still reads what was sent before, nobody else gets in."""
        wait_until(lambda: self._has_logged_on(checker), "the next day begins")

    def _has_logged_on(self, checker: FixChecker) -> bool:
        self.line.close()
        self.desk = Desk(sent=sent_now)
        try:
            self.line = checker.connect(self.desk, heartbeat_s=1)
        except ConnectionError:
            return False
        return True


@pytest.mark.slow
@pytest.mark.parametrize("away_s", [0, 3], ids=["Redis is there", "Redis is away"])
def test_orders_on_their_way_at_the_reset_count_once(server: Server, tmp_path: Path, away_s: int) -> None:
    """In order, and those of the day before are named by it; also if Redis is away when the day ends."""
    reset_s = int(time.time()) + SOON_S + 1
    variables = make_zone(tmp_path / "zones", reset_s)
    file = session_table("desk-a", more=f'reset = "12:00 {NAME}"')
    with ExitStack() as stack:
        processes = stack.enter_context(Processes(environment=variables))
        client = stack.enter_context(Redis(port=server.port, protocol=2))
        checker = start_checker(processes, server.url, tmp_path, file)
        day = stack.enter_context(closing(Day(checker)))
        while time.time() < reset_s - 0.2:
            day.send()
        if away_s:
            server.pause()
        in_flight = len(day.sent)
        while not day.desk.is_over and not (away_s and time.time() >= reset_s + away_s):
            day.send()
        assert not away_s or not day.desk.is_over, "nothing ends while Redis is away"
        if away_s:
            server.resume()
        of_the_day = len(day.sent)
        day.end()
        day.begin(checker)
        day.send()
        day.line.log_out()
        found = entries_after(client, "0")

        assert order_ids(client) == day.sent
        assert of_the_day > in_flight
    resets = [each["sequence"].split("/")[0] for each in found]
    assert resets == ["1"] * of_the_day + ["2"] * (len(day.sent) - of_the_day)
    assert found[of_the_day]["sequence"] == "2/2"
