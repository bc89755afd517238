"""Sessions that we dial: one process does, the others stand by, and each order takes effect once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.support.fix_sessions import FixChecker, session_table, start_checker
from tests.support.listening_desk import ListeningDesk
from tests.support.market import order_ids
from tests.support.processes import Processes, wait_until


@pytest.fixture
def desk() -> Iterator[ListeningDesk]:
    """It listens."""
    with ListeningDesk() as made:
        yield made


def dialling(desk: ListeningDesk) -> str:
    """The session of a checker that dials it."""
    connect = f'connect = "127.0.0.1:{desk.port}"\nheartbeat_s = 1'
    return session_table("desk-a", more=connect).replace("acceptor", "initiator")


def last_logon(checker: FixChecker) -> str:
    """When it has logged on last; empty if it never did."""
    return max((event["ts"] for event in checker.process.events("logged on")), default="")


@pytest.mark.slow
def test_the_standby_dials_when_the_owner_is_gone(
    processes: Processes, any_url: str, any_client: Redis, tmp_path: Path, desk: ListeningDesk
) -> None:
    """While the owner lives the other one only watches; kills and cuts lose and double nothing."""
    one, other = (start_checker(processes, any_url, tmp_path, dialling(desk)) for _ in range(2))
    wait_until(lambda: desk.desk.is_up, "somebody has dialled")
    desk.is_sending.set()
    desk.wait_for_more()
    seen = desk.connections
    desk.cut.set()
    wait_until(lambda: desk.connections > seen and desk.desk.is_up, "it is dialled again")
    desk.wait_for_more()
    owner = max((one, other), key=last_logon)
    again = desk.connections
    owner.process.kill()
    wait_until(lambda: desk.connections > again and desk.desk.is_up, "the standby dials")
    desk.wait_for_more()
    desk.is_sending.clear()
    wait_until(lambda: len(order_ids(any_client)) >= len(desk.sent), "all alert")

    assert order_ids(any_client) == desk.sent
    assert desk.connections <= 5
