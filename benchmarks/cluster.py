"""`make bench-cluster`: the cost of a message on a cluster of one machine against one server, and memory."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import click
from redis import Redis

from benchmarks import results
from benchmarks.feeds import Feeds, write_feeds
from benchmarks.stage import Senders, our_service, wait_until_listening
from services.cli.local.child_process import Part
from services.cli.local.embedded import Server, find_server, free_port
from shared.base.address import Address
from tests.support.cluster import Cluster

_RISKY: Final = 0.04
_SYMBOLS: Final = 3000
_END_S: Final = 5.0


@contextmanager
def _one_server() -> Iterator[tuple[str, list[Server]]]:
    server = Server(find_server(), {"appendonly": "yes"}).start()
    try:
        yield server.url, [server]
    finally:
        server.close()


@contextmanager
def _three_servers() -> Iterator[tuple[str, list[Server]]]:
    cluster = Cluster("valkey", primaries=3, replicas=0, options={"appendonly": "yes"})
    try:
        yield cluster.url, list(cluster.primaries)
    finally:
        cluster.close()


_KINDS: Final = {"one server": _one_server, "a cluster of three": _three_servers}


def _measure(kind: str, feeds: Feeds, senders: Senders) -> dict[str, float]:
    """Seconds that the quotes and the orders take, and what an alert and a symbol take in memory, bytes."""
    with ExitStack() as stack:
        url, servers = stack.enter_context(_KINDS[kind]())
        addresses = {}
        for feed in ("quotes", "orders"):
            port = free_port()
            part = Part(feed, our_service(feed, port, url), servers[0].folder)
            stack.callback(_end, part)
            wait_until_listening(part)
            addresses[feed] = Address("127.0.0.1", port)
        senders.send({feeds.warm_up: addresses["orders"]}, "warm-up")
        before = _used(servers)
        senders.send({feeds.opening: addresses["quotes"]}, "opening")
        with_symbols = _used(servers)
        quotes = senders.send({feeds.quotes: addresses["quotes"]}, "bench")
        without_alerts = _used(servers)
        orders = senders.send({feeds.orders: addresses["orders"]}, "bench")
        return {
            "quotes_s": quotes.ended - quotes.began,
            "orders_s": orders.ended - orders.began,
            "symbol_bytes": (with_symbols - before) / _SYMBOLS,
            "alert_bytes": (_used(servers) - without_alerts) / feeds.alerts,
        }


def _end(part: Part) -> None:
    part.ask_to_end()
    part.end_by(time.monotonic() + _END_S)


def _used(servers: list[Server]) -> int:
    """Memory of the data sets, bytes."""
    total = 0
    for server in servers:
        with Redis(port=server.port) as client:
            total += client.info("memory")["used_memory_dataset"]
    return total


@click.command()
@click.option("--runs", default=5, show_default=True, help="How often each kind is measured.")
@click.option("--messages", default=1_000_000, show_default=True, help="Messages of each feed.")
def main(runs: int, messages: int) -> None:
    """The cost of a message on a cluster of one machine against one server, and memory."""
    taken: dict[str, list[dict[str, float]]] = {kind: [] for kind in _KINDS}
    with tempfile.TemporaryDirectory(prefix="bench-") as name, Senders() as senders:
        feeds = write_feeds(Path(name), messages, _RISKY, _SYMBOLS)
        for _ in range(runs):
            for kind, measured in taken.items():
                measured.append(_measure(kind, feeds, senders))
    one, three = taken.values()
    rows = []
    for feed in ("quotes", "orders"):
        costs = [[run[f"{feed}_s"] / messages * 1e9 for run in runs_] for runs_ in (one, three)]
        texts = [results.summary(cost).text() for cost in costs]
        rows.append([f"{feed}, ns a message", *texts, results.ratios(costs[1], costs[0]).text(2)])
    for what in ("symbol", "alert"):
        used = results.summary([run[f"{what}_bytes"] for run in one])
        rows.append([f"memory a {what}, bytes", used.text(), "", ""])
    results.show("Cost on one machine", ("", *_KINDS, "ratio"), rows)
    results.write("cluster", {"messages": messages, "runs": taken})


if __name__ == "__main__":
    main()
