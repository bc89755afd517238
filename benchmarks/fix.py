"""`make bench-fix`: orders and quotes by FIX beside the same ones as frames, and one order at a time.

What counts is how many messages a service gets through in a second of its own processor time. Each run checks
that every order that has to alert did so once, in order, and that each symbol ended at its last quote.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks import results
from benchmarks.distribution import percentiles_us
from benchmarks.feeds import Feeds, write_feeds
from benchmarks.fix_feed import MARKET_DATA, order_bodies, quote_bodies, session_file
from benchmarks.fix_line import FIRST, Body, send_messages
from benchmarks.singly import send_singly
from benchmarks.stage import Senders, Stage, Words, our_service
from services.cli.local.embedded import free_port
from services.market_data.feed.messages import quote_dtype
from services.orders.feed.messages import order_dtype
from shared.base.address import Address

_RISKY: Final = 0.04
_WIDTH: Final = 4
_SOURCE: Final = "bench"
_ONE_BY_ONE: Final = "35=X"
_SLOWER: Final = 10
"""So many times fewer are sent of the messages that are read one by one: a rate needs no more."""
_SERVICES: Final = {"orders": "requests", "quotes": "quotes"}
"""What a session carries, by the service that it is of."""


class Run(NamedTuple):
    """What was measured once."""

    per_second: float
    per_cpu_second: dict[str, float]
    """By process, those that took a hundredth of the time at least."""


class FixStage(NamedTuple):
    """A service with a session, and the other without."""

    words: Words
    address: Address
    """Where the session is."""


def fix_stage(folder: Path, service: str) -> FixStage:
    """What to start so that a service has a session."""
    path, address = folder / f"{service}.toml", Address("127.0.0.1", free_port())
    path.write_text(session_file(_SOURCE, _SERVICES[service]))

    def words(feed: str, port: int, url: str) -> list[str]:
        plain = our_service(feed, port, url)
        return plain if feed != service else [*plain, "--fix", str(path), "--fix-listen", str(address)]

    return FixStage(words, address)


def orders_once(folder: Path, feeds: Feeds, senders: Senders, bodies: list[Body] | None) -> Run:
    """Send orders.

    Args:
        folder: for the file of sessions.
        feeds: the same orders as frames, and what comes before them.
        senders: sends frames.
        bodies: the orders by FIX; None: as frames.

    Raises:
        AssertionError: not every order alerts once that has to.
    """
    stand = fix_stage(folder, "orders")
    with Stage(stand.words) as stage:
        senders.send({feeds.opening: stage.addresses["quotes"]}, "opening")
        senders.send({feeds.warm_up: stage.addresses["orders"]}, "warm-up")

        def send() -> float:
            if bodies is None:
                span = senders.send({feeds.orders: stage.addresses["orders"]}, _SOURCE)
            else:
                span = send_messages(stand.address, b"D", bodies)
            return span.ended - span.began

        run = _measured(stage, feeds.messages, send)
        found = [fields[b"sequence"] for _, fields in stage.redis.xrange("alerts")]
    first, before = (FIRST, b"0/") if bodies else (0, b"")
    if found != [b"%b%d" % (before, first + place) for place in _alerting(feeds)]:
        raise AssertionError(
            f"{len(found)} alerts, from {found[:1]} on, are not the {feeds.alerts} that have to be"
        )
    return run


def quotes_once(folder: Path, feeds: Feeds, senders: Senders, kind: str, bodies: list[Body] | None) -> Run:
    """Send quotes; see `orders_once`.

    Raises:
        AssertionError: a symbol does not end at its last quote.
    """
    stand = fix_stage(folder, "quotes")
    rows = np.fromfile(feeds.quotes, quote_dtype(_WIDTH))
    if bodies is not None:
        rows = rows[: len(bodies)]
    with Stage(stand.words) as stage:
        senders.send({feeds.opening: stage.addresses["quotes"]}, "opening")

        def send() -> float:
            if bodies is None:
                span = senders.send({feeds.quotes: stage.addresses["quotes"]}, _SOURCE)
            else:
                span = send_messages(stand.address, MARKET_DATA[kind], bodies)
            return span.ended - span.began

        run = _measured(stage, len(rows), send)
        for row in _last_of_each(rows):
            name = row["symbol"].strip().decode()
            found = stage.redis.hmget(f"symbol:{name}", "bid", "offer")
            if found != [repr(float(row[each])).encode() for each in ("bid", "offer")]:
                raise AssertionError(f"{name} is at {found}")
    return run


def _measured(stage: Stage, messages: int, send: Callable[[], float]) -> Run:
    before = stage.cpu_s()
    took_s = send()
    used = {name: used_s - before[name] for name, used_s in stage.cpu_s().items()}
    return Run(messages / took_s, {name: messages / cpu for name, cpu in used.items() if cpu > took_s / 100})


def _alerting(feeds: Feeds) -> NDArray[np.intp]:
    """The orders that have to alert."""
    return np.flatnonzero(np.diff(np.floor(np.arange(feeds.messages + 1) * _RISKY)))


def _last_of_each(rows: NDArray[np.void]) -> NDArray[np.void]:
    """The last row of each symbol."""
    _, firsts = np.unique(rows["symbol"][::-1], return_index=True)
    return rows[::-1][firsts]


def latency_once(folder: Path, feeds: Feeds, orders: int) -> dict[str, dict[str, float]]:
    """Percentiles of a single order until its effect is acknowledged, microseconds, by each way in.

    FIX orders and frames take turns in the same checker; every order alerts.
    """
    stand = fix_stage(folder, "orders")
    with Stage(stand.words) as stage, Senders() as senders:
        senders.send({feeds.opening: stage.addresses["quotes"]}, "opening")
        taken = send_singly(stage.server.port, stage.addresses["orders"], stand.address, feeds.orders, orders)
    return {way: percentiles_us(values) for way, values in taken.items()}


@click.command()
@click.option("--runs", default=5, show_default=True, help="How often each case is measured.")
@click.option("--messages", default=500_000, show_default=True, help="Orders, and quotes, of each run.")
@click.option("--singly", default=2_000, show_default=True, help="Orders that are sent one at a time.")
def main(runs: int, messages: int, singly: int) -> None:
    """Orders and quotes by FIX beside the same ones as frames, and one order at a time."""
    taken: dict[str, list[Run]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-fix-") as name, Senders() as senders:
        folder = Path(name)
        feeds = write_feeds(folder / "feeds", messages, _RISKY)
        every = write_feeds(folder / "every", singly, 1.0)
        orders = order_bodies(np.fromfile(feeds.orders, order_dtype(_WIDTH)))
        rows = np.fromfile(feeds.quotes, quote_dtype(_WIDTH))
        quotes = {kind: quote_bodies(kind, rows) for kind in MARKET_DATA}
        quotes[_ONE_BY_ONE] = quotes[_ONE_BY_ONE][: messages // _SLOWER]
        latencies = []
        for _ in range(runs):
            for way, bodies in (("orders, 35=D", orders), ("orders, frames", None)):
                taken.setdefault(way, []).append(orders_once(folder, feeds, senders, bodies))
            for kind in MARKET_DATA:
                run = quotes_once(folder, feeds, senders, kind, quotes[kind])
                taken.setdefault(f"quotes, {kind}", []).append(run)
            run = quotes_once(folder, feeds, senders, "", None)
            taken.setdefault("quotes, frames", []).append(run)
            latencies.append(latency_once(folder, every, singly))
    rows_shown = [[case, *figures(case, [run._asdict() for run in found])] for case, found in taken.items()]
    results.show("Messages a second, 4 % of the orders alert", COLUMNS, rows_shown)
    shown = [
        [way, *(results.summary([each[way][name] for each in latencies]).text() for name in ("p50", "p99"))]
        for way in latencies[0]
    ]
    results.show("A single order until its alert is there, microseconds", ("", "p50", "p99"), shown)
    kept = {case: [run._asdict() for run in found] for case, found in taken.items()}
    results.write("fix", {"messages": messages, "runs": kept, "latency_us": latencies})


_NAMES: Final = {"orders": "the checker", "quotes": "the ingestor", "server": "the server"}
COLUMNS: Final = ("", "by the service's own CPU", "by the clock", "bound by")


def figures(case: str, runs: list[dict[str, Any]]) -> list[str]:
    """What a table shows of the runs of a case."""
    service = case.partition(",")[0]
    own = results.summary([run["per_cpu_second"][service] for run in runs]).text()
    rates = {
        name: median(run["per_cpu_second"].get(name, float("inf")) for run in runs)
        for name in runs[0]["per_cpu_second"]
    }
    clock = results.summary([run["per_second"] for run in runs]).text()
    return [own, clock, _NAMES[min(rates, key=rates.__getitem__)]]


if __name__ == "__main__":
    main()
