"""Prove the containers, which have been started: every check is printed; exit code 1 at the first that fails.

python -m tools.compose_smoke
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from typing import Any, Final

from tests.support import frames
from tests.support.raw_sender import RawSender, send_all

HOST: Final = "127.0.0.1"
QUOTES, ORDERS, STANDBY_ORDERS = (HOST, 7011), (HOST, 7010), (HOST, 7020)
HEALTH_PORTS: Final = {"market-data": 9101, "orders": 9102, "orders-standby": 9112, "api": 8000}
GRACE_S: Final = 10.0
PATIENCE_S: Final = 120.0
LOOK_EVERY_S: Final = 0.2
RECEIVER_NAME: Final = "market-spread-receiver"
RECEIVER: Final = """
import socket
with socket.create_server(("", 9000)) as server:
    while True:
        connection, _ = server.accept()
        while connection.recv(65536):
            pass
"""


def find_compose() -> list[str]:
    """The command: the plugin, or the program of its own."""
    plugin = ["docker", "compose"]
    if shutil.which("docker") and subprocess.run([*plugin, "version"], capture_output=True).returncode == 0:  # noqa: PLW1510
        return plugin
    return ["docker-compose"]


COMPOSE: Final = find_compose()


def run(*words: str, **environment: str) -> str:
    """What a command prints; it has to succeed."""
    done = subprocess.run(
        words, check=False, env={**os.environ, **environment}, capture_output=True, text=True
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"failed: {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


def compose(*words: str, **environment: str) -> str:
    """What a command of compose prints."""
    return run(*COMPOSE, *words, **environment)


def redis(*words: str) -> str:
    """Redis' answer to the administrator."""
    return compose("exec", "-T", "redis", "/deploy/compose/redis-cli", "-e", *words).strip()


def http(port: int, path: str) -> Any:
    """The JSON of an answer; None if there is none, or not a good one."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=5) as answer:
            return json.load(answer)
    except OSError:
        return None


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition; fail with `what` did not happen."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE_S:.0f} s: {what}"
        time.sleep(LOOK_EVERY_S)


def is_ready(service: str) -> bool:
    """Whether a service says over its published port that it is ready."""
    return http(HEALTH_PORTS[service], "/health/ready") is not None


def container(service: str) -> dict[str, Any]:
    """What the engine says of a service's container."""
    (found,) = json.loads(run("docker", "inspect", compose("ps", "--all", "--quiet", service).strip()))
    state: dict[str, Any] = found["State"]
    return state


def alerts() -> list[int]:
    """The accounts of all alerts, oldest first: each order here has an account of its own."""
    page = http(8000, "/alerts?after=0-0&limit=1000")
    return [] if page is None else [alert["account"] for alert in page["alerts"]]


def order(account: int) -> bytes:
    """An order that alerts."""
    return frames.order(b" BTU", account=account)


def add_to_stream(account: int) -> None:
    """The same on the stream of orders."""
    fields = f"order_id order1 account {account} side buy symbol BTU quantity 1 price 1 transact_time now"
    redis("XADD", "orders", "*", *fields.split())


def await_alerts(*accounts: int) -> None:
    """Wait for as many alerts; they have to be these and no others."""
    wait_until(lambda: len(alerts()) >= len(accounts), f"{len(accounts)} alerts")
    assert sorted(alerts()) == sorted(accounts), alerts()


def healthy() -> None:
    """Every service is healthy, and says so over its published port."""
    for service in ("redis", *HEALTH_PORTS):
        assert container(service)["Health"]["Status"] == "healthy", service
    assert all(map(is_ready, HEALTH_PORTS))


def password() -> None:
    """Redis lets nobody in without a password, and is not published."""
    answer = compose("exec", "-T", "redis", "redis-cli", "PING")
    assert "NOAUTH" in answer, answer
    assert compose("ps", "--format", "json", "redis").count("127.0.0.1") == 0


def quotes() -> None:
    """Quotes go in over the published port, and the symbol comes out over HTTP."""
    send_all(QUOTES, frames.quote(b" BTU", 10.0, 10.05), frames.quote(b"GLD ", 10.0, 10.01))
    assert http(8000, "/symbols/BTU")["risky"] is True
    assert http(8000, "/symbols/GLD")["risky"] is False


def one_alert() -> None:
    """An order over the published port raises an alert on the stream, and a container can print it."""
    send_all(ORDERS, order(1))
    entry = redis("XREVRANGE", "alerts", "+", "-", "COUNT", "1").split()
    assert entry[entry.index("symbol") + 1] == "BTU", entry
    await_alerts(1)
    assert "BTU" in compose("exec", "-T", "api", "/opt/market-spread/entrypoint", "alerts", "--limit", "1")


def stream() -> None:
    """An order on the stream of orders raises another one."""
    add_to_stream(2)
    await_alerts(1, 2)


def restart() -> None:
    """A restarted ingestor is healthy again, knows its quotes and takes new ones."""
    compose("restart", "market-data")
    wait_until(lambda: is_ready("market-data"), "the ingestor is ready")
    send_all(QUOTES, frames.quote(b"GLD ", 10.0, 11.0))
    assert http(8000, "/symbols/GLD")["risky"] is True
    assert http(8000, "/symbols/BTU")["risky"] is True


def stop() -> None:
    """Every service stops within the grace period, with exit code 0."""
    for service in HEALTH_PORTS:
        began = time.monotonic()
        compose("stop", service)
        took_s = time.monotonic() - began
        code = container(service)["ExitCode"]
        print(f"       {service}: exit code {code} after {took_s:.1f} s", flush=True)
        assert code == 0
        assert took_s < GRACE_S


def takeover() -> None:
    """The checker's container is killed: the standby has the stream, and a sender goes on there."""
    assert "taking what comes in the stream" not in compose("logs", "orders-standby")
    with RawSender(ORDERS, b"desk") as sender:
        sender.send(order(3), order(4))
        sender.acks_until(2)
    compose("kill", "orders")
    add_to_stream(5)
    with RawSender(STANDBY_ORDERS, b"desk") as sender:
        assert sender.ack() == 2
        sender.send(order(6))
        sender.acks_until(3)
    await_alerts(1, 2, 3, 4, 5, 6)
    assert "taking what comes in the stream" in compose("logs", "orders-standby")
    assert container("orders")["Running"] is False
    compose("up", "-d", "--no-build", "--wait")


def redis_killed() -> None:
    """Redis is killed and started again: no alert is lost, and everything goes on by itself."""
    compose("kill", "redis")
    wait_until(lambda: not is_ready("orders"), "the checker says that Redis is away")
    compose("up", "-d", "--no-build", "--wait", "redis")
    wait_until(lambda: all(map(is_ready, HEALTH_PORTS)), "all are ready again")
    send_all(ORDERS, order(7))
    await_alerts(1, 2, 3, 4, 5, 6, 7)


def forwarder() -> None:
    """The forwarder sends all alerts to a receiver in a container, and stops with exit code 0."""
    where = {"FORWARD_TO": f"{RECEIVER_NAME}:9000"}
    receiver = ("--entrypoint", "python", "market-data", "-c", RECEIVER)
    compose("run", "-d", "--no-deps", "--name", RECEIVER_NAME, *receiver)
    try:
        compose("--profile", "forward", "up", "-d", "--no-build", "--wait", "forwarder", **where)
        wait_until(lambda: "forwarded_total 7.0" in metrics(9103), "all alerts forwarded")
        compose("--profile", "forward", "stop", "forwarder")
        assert container("forwarder")["ExitCode"] == 0
    finally:
        run("docker", "rm", "-f", RECEIVER_NAME)


def metrics(port: int) -> str:
    """The text of a service's metrics."""
    with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=5) as answer:
        return str(answer.read().decode())


def simulator() -> None:
    """The demo's market raises alerts, and stops with exit code 0."""
    compose("--profile", "demo", "up", "-d", "--no-build", "simulator")
    wait_until(lambda: len(alerts()) > 20, "alerts of the made market")
    compose("--profile", "demo", "stop", "simulator")
    assert container("simulator")["ExitCode"] == 0


CHECKS: Final[tuple[Callable[[], None], ...]] = (
    healthy, password, quotes, one_alert, stream, takeover, restart, redis_killed, forwarder, simulator, stop,
)  # fmt: skip


def main() -> None:
    """Run all checks, in order: each builds on those before."""
    for check in CHECKS:
        began = time.monotonic()
        try:
            check()
        except (AssertionError, OSError) as error:
            sys.exit(f"failed: {check.__doc__} {error}")
        print(f"ok     {check.__doc__} ({time.monotonic() - began:.1f} s)", flush=True)
    print(f"all {len(CHECKS)} checks of the containers passed")


if __name__ == "__main__":
    main()
