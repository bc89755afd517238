"""Orders in Redis streams, and checkers of them."""

from typing import Any

from redis import Redis

from tests.support.market import entries_after
from tests.support.processes import Process, Processes

GOOD = {
    "side": "buy",
    "symbol": "NONE",
    "quantity": "100",
    "price": "10.5",
    "transact_time": "20260105-14:30:00.000",
}


def add(client: Redis, number: int, stream: str = "orders", entry: str = "*", **changes: Any) -> str:
    """Add an order on a symbol that nobody quotes; its account says which one it is."""
    fields = {"order_id": f"{number:06}", "account": number, **GOOD, **changes}
    present: dict[Any, Any] = {name: value for name, value in fields.items() if value is not None}
    added = client.xadd(stream, present, id=entry)
    assert isinstance(added, bytes)
    return added.decode()


def checked(client: Redis) -> list[int]:
    """The orders that have alerted, in the order of the alerts."""
    return [int(alert["account"]) for alert in entries_after(client)]


def checker(processes: Processes, url: str, *streams: str, words: tuple[str, ...] = ()) -> Process:
    """A checker of streams alone."""
    flags = [word for stream in streams for word in ("--stream", stream)]
    return processes.check(url, "--listen", "none", *flags, *words)
