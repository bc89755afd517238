"""The receiver of docs/forwarding.md."""

import re

from redis import Redis

from services.cli.local.embedded import free_port
from tests.support.processes import ROOT, Processes, wait_until
from tests.support.receiving import add_alerts, position, start_forwarder

LINE = "BTU order1 100.0 10.0 10.0 10.05"


def test_the_receiver_of_the_documentation_prints_the_alerts(
    processes: Processes, redis_client: Redis, redis_url: str
) -> None:
    """Copied as it stands, but for the port, it prints what was forwarded, connection by connection."""
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "forwarding.md").read_text(), re.DOTALL)
    port = free_port()
    add_alerts(redis_client, 0, 2)
    receiver = processes.start("-c", example.replace("9000", str(port)))

    forwarder = start_forwarder(processes, redis_url, f"127.0.0.1:{port}")
    wait_until(lambda: receiver.printed == [LINE] * 2, "both alerts printed")
    wait_until(lambda: position(redis_client) == 2, "both acknowledged")
    forwarder.kill()
    add_alerts(redis_client, 2, 1)
    start_forwarder(processes, redis_url, f"127.0.0.1:{port}", "--overlap", "0")

    wait_until(lambda: receiver.printed == [LINE] * 3, "the third alert printed")
