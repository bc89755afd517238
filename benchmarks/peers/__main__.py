"""`make bench-peers`: the same job by other means, in the same run, with the same alerts."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import click
from redis import Redis

from benchmarks import results
from benchmarks.feeds import Feeds, write_feeds
from benchmarks.stage import Senders, Stage, found_alerts
from services.cli.local.embedded import Server, find_server

_OURS: Final = "Market Spread, over TCP, with HELLO"
_RISKY: Final = 0.04
_TIMEOUT_S: Final = 600
_FEWEST: Final = 1000
"""Enough for a quote of each symbol."""


class Peer(NamedTuple):
    """A program that does the same job."""

    title: str
    module: str
    needs: str
    """What it imports."""
    fewer: int
    """It gets so many times fewer messages than we do: a rate needs no more."""
    variant: str = ""


PEERS: Final = (
    Peer("redis-py, one round trip each", "redis_each", "redis", 100),
    Peer("redis-py, pipelines of 100", "redis_pipelined", "redis", 10),
    Peer("redis.asyncio, pipelines of 100", "redis_asyncio", "redis", 10),
    Peer("FastStream on Redis streams, each", "faststream_streams", "faststream", 100, "each"),
    Peer("FastStream on Redis streams, batches of 100", "faststream_streams", "faststream", 100, "batch"),
    Peer("bytewax, in process, without Redis", "bytewax_flow", "bytewax", 2),
    Peer("csp, in process, without Redis", "csp_graph", "csp", 2),
)


class Result(NamedTuple):
    """What came of a run."""

    rate: float
    """Messages a second, quotes and orders together."""
    alerts: list[dict[bytes, bytes]]
    """By order, without the time of the check."""


def run_ours(feeds: Feeds, senders: Senders) -> Result:
    """All quotes, then all orders, through our services."""
    with Stage() as stage:
        senders.send({feeds.opening: stage.addresses["quotes"]}, "opening")
        senders.send({feeds.warm_up: stage.addresses["orders"]}, "opening")
        spans = [
            senders.send({file: stage.addresses[feed]}, "peers")
            for file, feed in ((feeds.quotes, "quotes"), (feeds.orders, "orders"))
        ]
        seconds = sum(span.ended - span.began for span in spans)
        return Result(2 * feeds.messages / seconds, _alerts(stage.redis))


def run_peer(peer: Peer, feeds: Feeds, python: str) -> Result:
    """The same by a peer, whose Redis keeps an append-only file as ours does."""
    server = Server(find_server(), {"appendonly": "yes"}).start()
    try:
        words = [
            python,
            "-m",
            f"benchmarks.peers.{peer.module}",
            str(feeds.quotes),
            str(feeds.orders),
            server.url,
        ]
        done = subprocess.run(
            [*words, peer.variant], capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
        )
        if done.returncode:
            raise RuntimeError(f"{peer.title} failed:\n{done.stderr}")
        with Redis(port=server.port) as redis:
            return Result(2 * feeds.messages / json.loads(done.stdout)["seconds"], _alerts(redis))
    finally:
        server.close()


def _alerts(redis: Redis) -> list[dict[bytes, bytes]]:
    return sorted(found_alerts(redis), key=lambda alert: int(alert[b"account"]))


def missing(peers: Sequence[Peer], python: str) -> dict[str, str]:
    """Which peers cannot be run, and why."""
    found = {}
    for peer in peers:
        words = [python, "-c", f"import {peer.needs}"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            found[peer.title] = f"does not install here: {done.stderr.splitlines()[-1]}"
    return found


@click.command()
@click.option("--runs", default=5, show_default=True, help="How often each is measured, in turn.")
@click.option("--messages", default=1_000_000, show_default=True, help="Messages of each feed for us.")
@click.option(
    "--python", default=".venv/peers/bin/python", show_default=True, help="Has the peers' packages."
)
def main(runs: int, messages: int, python: str) -> None:
    """The same job by other means, in the same run, with the same alerts."""
    absent = missing(PEERS, python)
    present = [peer for peer in PEERS if peer.title not in absent]
    rates: dict[str, list[float]] = {_OURS: [], **{peer.title: [] for peer in present}}
    with tempfile.TemporaryDirectory(prefix="bench-") as name, Senders() as senders:
        feeds = {
            fewer: _feeds(Path(name), max(messages // fewer, _FEWEST))
            for fewer in {1, *(peer.fewer for peer in PEERS)}
        }
        expected = {fewer: run_ours(some, senders).alerts for fewer, some in feeds.items()}
        for _ in range(runs):
            rates[_OURS].append(run_ours(feeds[1], senders).rate)
            for peer in present:
                result = run_peer(peer, feeds[peer.fewer], python)
                if result.alerts != expected[peer.fewer]:
                    raise AssertionError(f"{peer.title} does not find the same alerts")
                rates[peer.title].append(result.rate)
    _show(rates, absent)
    results.write("peers", {"messages": messages, "rates": rates, "absent": absent})


def _feeds(folder: Path, messages: int) -> Feeds:
    return write_feeds(folder / str(messages), messages, _RISKY)


def _show(rates: dict[str, list[float]], absent: dict[str, str]) -> None:
    rows = [
        [title, results.summary(found).text(), results.ratios(rates[_OURS], found).text(1)]
        for title, found in rates.items()
    ]
    rows += [[title, why, ""] for title, why in absent.items()]
    results.show(
        "The same quotes, then the same orders, 4 % alert", ("", "messages a second", "we are"), rows
    )


if __name__ == "__main__":
    main()
