"""The forwarder when Redis goes away or loses data, and when there are two of it."""

from collections.abc import Iterator

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support.market import health
from tests.support.processes import Processes, wait_until
from tests.support.receiving import ALERT, Receiving, add_alerts, assert_complete, position, start_forwarder
from tests.support.servers import chosen_kinds, make_server


@pytest.fixture(params=chosen_kinds())
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of one's own that keeps everything that it has confirmed."""
    made = make_server(request.param, {"appendonly": "yes", "appendfsync": "always"})
    made.start()
    yield made
    made.close()


def test_alerts_go_on_over_a_restart_of_redis(
    processes: Processes, server: Server, receiving: Receiving
) -> None:
    """A server killed and started again with its append-only file costs nothing and doubles nothing."""
    process = start_forwarder(processes, server.url, receiving.address)
    with Redis.from_url(server.url) as client:
        add_alerts(client, 0, 20_000)
    server.kill()
    process.wait_for("Redis is away")
    assert health(process)[0] == 503
    server.start()
    process.wait_for("Redis is back")
    with Redis.from_url(server.url) as client:
        add_alerts(client, 20_000, 1000)
    receiving.wait_for(20_999)

    assert receiving.connections() == [list(range(21_000))]
    assert health(process)[0] == 200


@pytest.mark.parametrize(
    ("loss", "is_running"),
    [("everything", True), ("its end", True), ("the stream", False), ("its end", False)],
)
def test_new_alerts_are_forwarded_after_redis_lost_old_ones(
    processes: Processes,
    redis_client: Redis,
    redis_url: str,
    receiving: Receiving,
    loss: str,
    *,
    is_running: bool,
) -> None:
    """A server that comes back empty or with lower IDs is noticed, and nothing new is passed over."""
    process = start_forwarder(processes, redis_url, receiving.address)
    add_alerts(redis_client, 0, 1000)
    wait_until(lambda: position(redis_client) == 1000, "all acknowledged")
    if not is_running:
        process.terminate()
        assert process.wait() == 0

    if loss == "everything":
        redis_client.flushall()
    else:
        redis_client.delete("alerts")
    if loss == "its end":
        for number in range(1000, 1010):
            redis_client.xadd("alerts", {**ALERT, "account": number}, id=f"1-{number}")
    else:
        add_alerts(redis_client, 1000, 10)
    if not is_running:
        process = start_forwarder(processes, redis_url, receiving.address)

    receiving.wait_for(1009)
    wait_until(lambda: position(redis_client) == 10, "the position in the new stream")
    assert list(dict.fromkeys(receiving.received())) == list(range(1010))
    if loss != "everything":
        process.wait_for("Redis has lost data")


def test_the_newer_of_two_of_one_name_goes_on(
    processes: Processes, redis_client: Redis, redis_url: str, receiving: Receiving
) -> None:
    """A second forwarder of a name takes over; the first says so and ends with 1, even when idle."""
    older = start_forwarder(processes, redis_url, receiving.address)
    add_alerts(redis_client, 0, 1000)
    wait_until(lambda: position(redis_client) == 1000, "all acknowledged")

    newer = start_forwarder(processes, redis_url, receiving.address)

    assert older.wait() == 1
    assert "newer forwarder has taken over as test" in older.wait_for("taken over")["event"]
    add_alerts(redis_client, 1000, 10)
    receiving.wait_for(1009)
    assert_complete(receiving.connections(), 1010)
    assert newer.popen.poll() is None
