"""An ingestor and a checker on one server, and what they leave there."""

from collections.abc import Sequence
from http.client import HTTPConnection
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from tests.support.processes import Process, Processes, wait_until
from tests.support.raw_sender import send_all

Alert = dict[str, str]


class Market:
    """Both services on one server.

    Args:
        processes: starts them.
        url: of the server.
        ingest: further words for the ingestor.
        check: further words for the checker.
    """

    def __init__(
        self, processes: Processes, url: str, ingest: Sequence[str] = (), check: Sequence[str] = ()
    ) -> None:
        self.ingestor = processes.ingest(url, *ingest)
        self.checker = processes.check(url, *check)
        self.quotes = self.ingestor.address()
        """Where quotes go."""
        self.orders = self.checker.address()
        """Where orders go."""

    def send_quotes(self, *payloads: bytes) -> None:
        """Send quotes on one connection; return when all have taken effect."""
        send_all(self.quotes, *payloads)

    def send_orders(self, *payloads: bytes) -> None:
        """Send orders on one connection; return when all have taken effect."""
        send_all(self.orders, *payloads)


def last_id(client: Redis, stream: str = "alerts") -> str:
    """The last entry of a stream, to look at what comes after it; `0` for none."""
    entries: Any = client.xrevrange(stream, count=1)
    return entries[0][0].decode() if entries else "0"


def entries_after(client: Redis, after: str = "0", stream: str = "alerts") -> list[Alert]:
    """The entries of a stream behind an ID, as text."""
    entries: Any = client.xrange(stream, f"({after}")
    return [{name.decode(): value.decode() for name, value in fields.items()} for _, fields in entries]


def order_ids(client: Redis, after: str = "0") -> list[str]:
    """The order IDs of the alerts behind an ID."""
    return [alert["order_id"] for alert in entries_after(client, after)]


def symbols(client: Redis) -> set[str]:
    """What the set of all symbols names."""
    found: Any = client.smembers("symbols")
    return {name.decode() for name in found}


def quote_of(client: Redis, symbol: str) -> dict[str, str]:
    """A symbol's hash as text."""
    found: Any = client.hgetall(f"symbol:{symbol}")
    return {name.decode(): value.decode() for name, value in found.items()}


def quoted(client: Redis, symbol: str) -> dict[str, str]:
    """What of a symbol's hash follows from its last quote, and neither from when it came nor from whom."""
    found = quote_of(client, symbol)
    for name in ("updated_at", "state_since", "written_at", "source"):
        del found[name]
    return found


def metrics(process: Process) -> dict[str, float]:
    """What a service's /metrics says now: name, or name{reason}, without the common prefix."""
    connection = HTTPConnection(*process.metrics_address(), timeout=5)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = "".join(f"{{{value}}}" for value in sample.labels.values())
            found[sample.name.removeprefix("market_spread_") + labels] = sample.value
    return found


def metrics_at_rest(process: Process) -> dict[str, float]:
    """The same once everything that was received has been dealt with, and counted."""

    def is_at_rest() -> bool:
        found = metrics(process)
        received = sum(found.get(f"{kind}_received_total", 0) for kind in ("quotes", "orders"))
        dealt_with = sum(found.get(f"{kind}_latency_seconds_count", 0) for kind in ("quote", "order"))
        return received == dealt_with

    wait_until(is_at_rest, "what was received is dealt with")
    return metrics(process)


def health(process: Process, probe: str = "ready") -> tuple[int, str]:
    """Status and body of a service's health probe."""
    return health_at(process.metrics_address(), probe)


def health_at(address: tuple[str, int], probe: str = "ready") -> tuple[int, str]:
    """The same of whoever listens there."""
    connection = HTTPConnection(*address, timeout=5)
    connection.request("GET", f"/health/{probe}")
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, body


def growth(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """The counters that have grown, and by how much."""
    return {
        name: value - before.get(name, 0.0)
        for name, value in after.items()
        if name.split("{")[0].endswith("_total") and value != before.get(name, 0.0)
    }


def wait_for_metric(process: Process, name: str, value: float) -> None:
    """Wait until a metric has a value."""
    wait_until(
        lambda: metrics(process).get(name) == value,
        f"{name} = {value}",
        state=lambda: metrics(process).get(name),
    )


def wait_for_growth(process: Process, before: dict[str, float], right: dict[str, float]) -> None:
    """Wait until just these counters have grown, and by so much.

    A sender hears that its messages have taken effect a moment before all of the counters say so.
    """
    wait_until(
        lambda: growth(before, metrics(process)) == right,
        f"growth by {right}",
        state=lambda: growth(before, metrics(process)),
    )
