"""Resuming the alert stream by ID: over kills of the client, of the API and of Redis, nothing is missing."""

import random
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread

import pytest
from redis import Redis

from services.cli.local.embedded import Server, free_port
from tests.support.event_source import EventSource
from tests.support.market_state import put_alerts
from tests.support.processes import Process, Processes, wait_until
from tests.support.servers import chosen_kinds, make_server

ALERTS = 100_000


@pytest.fixture(params=chosen_kinds())
def lasting_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that may be killed and keeps what it was told."""
    server = make_server(request.param, {"appendonly": "yes", "appendfsync": "always"})
    server.start()
    yield server
    server.close()


class Follower:
    """Follows the stream and resumes by ID, as a browser does.

    Args:
        address: of the API.
    """

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self.last_id = "0"
        self.ids: list[str] = []
        self.connections = 0
        self.gaps: list[dict[str, str]] = []

    def follow(self, *, events: int | None = None) -> None:
        """Connect and read so many events, or until the connection ends."""
        with (
            suppress(OSError, EOFError),
            EventSource(self._address, "/stream/alerts", self.last_id) as source,
        ):
            self.connections += 1
            if source.status != 200:
                return
            for read, event in enumerate(source.events(), start=1):
                if event.name == "gap":
                    self.gaps.append(event.data)
                else:
                    self.ids.append(event.data["id"])
                self.last_id = event.last_id
                if read == events:
                    return


@pytest.mark.slow
def test_client_killed_at_random_points(api_process: Process, redis_client: Redis) -> None:
    """A client that dies at random points of 100,000 alerts, half of them live, ends with each once."""
    ids = put_alerts(redis_client, ALERTS // 2)
    follower = Follower(api_process.address())
    points = random.Random(20261122)

    def write_the_rest() -> None:
        for _ in range(ALERTS // 2000):
            ids.extend(put_alerts(redis_client, 1000))

    writing = Thread(target=write_the_rest)
    writing.start()
    while len(follower.ids) < ALERTS:
        follower.follow(events=min(points.randrange(1, 8000), ALERTS - len(follower.ids)))
    writing.join()

    assert follower.connections > 15
    assert follower.gaps == []
    assert follower.ids == ids


@pytest.mark.slow
def test_api_and_redis_killed(processes: Processes, lasting_server: Server) -> None:
    """The API is killed, then Redis, then both; the client ends with every alert once and in order."""
    port = free_port()

    def start_api() -> Process:
        words = ("--listen", f"127.0.0.1:{port}", "--redis", lasting_server.url, "--log-format", "json")
        api = processes.start("-m", "services.web", *words)
        api.wait_for("listening")
        return api

    api = start_api()
    follower = Follower(("127.0.0.1", port))
    ids: list[str] = []
    goal = 6000

    def follow_on() -> None:
        while len(follower.ids) < goal:
            follower.follow(events=goal - len(follower.ids))

    def write(count: int) -> None:
        with Redis.from_url(lasting_server.url) as redis:
            ids.extend(put_alerts(redis, count))

    following = Thread(target=follow_on)
    following.start()
    write(1000)
    wait_until(lambda: len(follower.ids) >= 500, "alerts arrive")
    api.kill()
    write(1000)
    api = start_api()
    wait_until(lambda: len(follower.ids) >= 1500, "alerts arrive after the kill of the API")
    lasting_server.kill()
    lasting_server.start()
    write(2000)
    wait_until(lambda: len(follower.ids) >= 3500, "alerts arrive after the kill of Redis")
    api.kill()
    lasting_server.kill()
    lasting_server.start()
    write(1000)
    start_api()
    write(1000)

    wait_until(lambda: not following.is_alive(), "all alerts arrive")
    assert follower.gaps == []
    assert follower.ids == ids
    assert follower.connections >= 3
