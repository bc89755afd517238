"""The forwarder's start and stop."""

import platform

import pytest
from click.testing import CliRunner
from redis import Redis

from services.orders.forward import forwarder
from services.orders.forward.command import main
from services.orders.forward.forwarder import ForwardSettings
from shared.base.address import Address
from shared.process.lifecycle import CannotStart
from tests.support.market import health
from tests.support.processes import Processes, wait_until
from tests.support.receiving import Receiving, add_alerts, start_forwarder
from tests.support.servers import one_server


@one_server
def test_a_stop_finishes_what_was_read_and_the_next_start_goes_on_there(
    processes: Processes, redis_client: Redis, redis_url: str, receiving: Receiving
) -> None:
    """Told to stop under load and started again without overlap: each alert once, on two connections."""
    process = start_forwarder(processes, redis_url, receiving.address, "--overlap", "0")
    add_alerts(redis_client, 0, 20_000)
    process.wait_for("connected to")

    process.terminate()

    assert process.wait(5.0) == 0
    add_alerts(redis_client, 20_000, 10)
    start_forwarder(processes, redis_url, receiving.address, "--overlap", "0")
    receiving.wait_for(20_009)
    assert receiving.received() == list(range(20_010))
    assert len(receiving.connections()) == 2


@pytest.mark.slow
@one_server
@pytest.mark.parametrize("receiver_is", ["away", "deaf"])
def test_a_stop_waits_for_nobody(
    processes: Processes, redis_client: Redis, redis_url: str, receiving: Receiving, receiver_is: str
) -> None:
    """A receiver that is away or reads nothing does not keep the forwarder from a stop within 5 s."""
    receiving.kill()
    if receiver_is == "deaf":
        receiving.start("deaf")
    add_alerts(redis_client, 0, 10_000)
    process = start_forwarder(processes, redis_url, receiving.address)
    process.wait_for("connected to" if receiver_is == "deaf" else "no connection to")

    process.terminate()

    assert process.wait(5.0) == 0


@pytest.mark.slow
@one_server
def test_a_receiver_may_come_later(
    processes: Processes, redis_client: Redis, redis_url: str, receiving: Receiving
) -> None:
    """Without a receiver the forwarder is not ready, says so once, and connects when there is one."""
    receiving.kill()
    add_alerts(redis_client, 0, 10)
    process = start_forwarder(processes, redis_url, receiving.address)
    process.wait_for("no connection to")
    wait_until(lambda: "receiver" in health(process)[1], "not ready for want of a receiver")
    wait_until(lambda: b"waiting_for_receiver" in states(redis_client), "the state")

    receiving.start()
    receiving.wait_for(9)

    assert receiving.received() == list(range(10))
    assert len(process.events("no connection to")) == 1
    wait_until(lambda: b"running" in states(redis_client), "the state")


def states(client: Redis) -> list[bytes | None]:
    """What the running forwarders say of themselves."""
    return [client.hget(key, "state") for key in client.scan_iter("service:forward:*")]  # type: ignore[misc]


def test_elsewhere_than_on_linux_it_does_not_pretend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system does not tell what was acknowledged, the forwarder does not start, and says why."""
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    settings = ForwardSettings(
        redis_url="redis://127.0.0.1:1/0", metrics=Address("127.0.0.1", 0), redis_attempts=1, alerts="alerts",
        log_format="text", log_level="info", to=Address("127.0.0.1", 1), name="test", overlap=0, strict=False,
    )  # fmt: skip

    with pytest.raises(CannotStart, match="needs Linux"):
        forwarder.run(settings)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--to", "nowhere"],
        ["--to", "127.0.0.1:0"],
        ["--to", "127.0.0.1:9", "--name", "two words"],
        ["--to", "127.0.0.1:9", "--overlap", "-1"],
        ["--to", "127.0.0.1:9", "--redis", "http://127.0.0.1"],
    ],
)
def test_a_wrong_flag_is_refused(words: list[str]) -> None:
    """What is wrong with the flags is said, with exit code 2, before anything is done."""
    assert CliRunner().invoke(main, words).exit_code == 2


def test_without_redis_it_gives_up_at_the_start(processes: Processes, receiving: Receiving) -> None:
    """Redis out of reach at the start: each attempt is logged, then exit code 1."""
    where = ("--to", receiving.address, "--redis", "redis://127.0.0.1:1/0", "--redis-attempts", "2")
    process = processes.start("-m", "services.orders.forward.command", *where, "--metrics", "127.0.0.1:0")

    assert process.wait() == 1
    assert all(f"attempt {number} of 2" in process.lines[number - 1] for number in (1, 2))
    assert "out of reach" in process.lines[-1]
