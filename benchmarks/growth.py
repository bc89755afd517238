"""`make bench-growth`: what a message costs as symbols, alerts, connections and batches grow."""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple, TypedDict

import click

from benchmarks import results
from benchmarks.crowd import send_in_batches, send_over_many
from benchmarks.feeds import Feeds, write_feeds
from benchmarks.stage import Senders, Span, Stage
from market_spread.framing import HEADER
from shared.base.address import Address

_CALM: Final = 1 / 70_000
_FEEDS: Final = ("quotes", "orders")
_SMALL_BATCHES_A_RUN: Final = 2000

_TITLES: Final = {
    "symbols": "number of symbols",
    "risky": "share of orders that alert",
    "connections": "number of connections",
    "batch": "messages sent at once, the next when these have taken effect",
}

Send = Callable[[Address, bytes, int, Callable[[], None]], Span]
"""Sends frames of one size to a feed; calls when it is connected."""


class Point(NamedTuple):
    """One value of what grows."""

    sweep: str
    value: float
    messages: int
    feeds: tuple[str, ...] = _FEEDS
    symbols: int = 350
    risky: float = _CALM
    send: Send = partial(send_over_many, connections=1)


class Cost(TypedDict):
    """What a message costs, on average, nanoseconds; and what Redis was asked for."""

    wall_ns: float
    service_ns: float
    server_ns: float
    commands: float


def points(messages: int) -> list[Point]:
    """Everything that is measured.

    Args:
        messages: of each feed where a message costs least; fewer where it costs more.
    """
    found = [Point("symbols", count, messages, symbols=count) for count in (350, 3_000, 10_000, 50_000)]
    shares = ((_CALM, 1), (0.04, 2), (0.5, 10), (1.0, 20))
    found += [Point("risky", share, messages // less, ("orders",), risky=share) for share, less in shares]
    for count in (1, 10, 100, 1_000):
        found.append(Point("connections", count, messages, send=partial(send_over_many, connections=count)))
    for size in (1, 10, 100, 1_000, 10_000, 50_000):
        some = min(messages, size * _SMALL_BATCHES_A_RUN)
        found.append(Point("batch", size, some, send=partial(send_in_batches, batch=size)))
    return found


def measure(point: Point, feeds: Feeds, senders: Senders) -> dict[str, Cost]:
    """What a message of each feed costs, through fresh services.

    Raises:
        AssertionError: not as many alerts came out as have to.
    """
    files = {"quotes": feeds.quotes, "orders": feeds.orders}
    with Stage() as stage:
        senders.send({feeds.opening: stage.addresses["quotes"]}, "opening")
        senders.send({feeds.warm_up: stage.addresses["orders"]}, "opening")
        costs = {feed: _cost(stage, feed, files[feed], point) for feed in point.feeds}
        if (found := stage.alerts()) != feeds.alerts:
            raise AssertionError(f"{point}: {found} alerts instead of {feeds.alerts}")
    return costs


def _cost(stage: Stage, feed: str, file: Path, point: Point) -> Cost:
    frames = file.read_bytes()
    size = HEADER.size + HEADER.unpack_from(frames)[0]
    used: list[dict[str, float]] = []
    span = point.send(stage.addresses[feed], frames, size, lambda: used.append(_used(stage)))
    used.append(_used(stage))
    before, after, messages = *used, len(frames) // size
    return {
        "wall_ns": (span.ended - span.began) * 1e9 / messages,
        "service_ns": (after[feed] - before[feed]) * 1e9 / messages,
        "server_ns": (after["server"] - before["server"]) * 1e9 / messages,
        "commands": (after["commands"] - before["commands"]) / messages,
    }


def _used(stage: Stage) -> dict[str, float]:
    """Processor time of each process, seconds, and commands that the server has had."""
    return {**stage.cpu_s(), "commands": stage.redis.info("stats")["total_commands_processed"]}


Curves = dict[str, dict[str, dict[str, list[Cost]]]]
"""Costs of each run by sweep, feed, and value of what grows."""


@click.command()
@click.option("--runs", default=5, show_default=True, help="How often each point is measured.")
@click.option("--messages", default=1_000_000, show_default=True, help="Messages of each feed, at most.")
def main(runs: int, messages: int) -> None:
    """What a message costs as symbols, the share of alerts, connections and batches grow."""
    curves: Curves = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as name, Senders() as senders:
        every = [(point, _feeds(Path(name), point)) for point in points(messages)]
        for _ in range(runs):
            for point, feeds in every:
                for feed, cost in measure(point, feeds, senders).items():
                    curve = curves.setdefault(point.sweep, {}).setdefault(feed, {})
                    curve.setdefault(f"{point.value:g}", []).append(cost)
    for sweep, of_feeds in curves.items():
        for feed, curve in of_feeds.items():
            _show(f"Cost of one of the {feed} by {_TITLES[sweep]}", curve)
    results.write("growth", {"curves": curves})


def _feeds(folder: Path, point: Point) -> Feeds:
    name = f"{point.messages}-{point.symbols}-{point.risky}"
    return write_feeds(folder / name, point.messages, point.risky, point.symbols)


def _show(title: str, curve: dict[str, list[Cost]]) -> None:
    first = median(cost["wall_ns"] for cost in next(iter(curve.values())))
    rows = []
    for value, costs in curve.items():
        wall = results.summary([cost["wall_ns"] for cost in costs])
        service = median(cost["service_ns"] for cost in costs)
        server = median(cost["server_ns"] for cost in costs)
        commands = median(cost["commands"] for cost in costs)
        figures = (f"{wall.median / first:.3f}", f"{service:,.0f}", f"{server:,.0f}", f"{commands:.3f}")
        rows.append([f"{float(value):,.6g}", wall.text(), *figures])
    columns = ("", "ns a message", "times the first", "processor: service", "server", "commands")
    results.show(title, columns, rows)


if __name__ == "__main__":
    main()
