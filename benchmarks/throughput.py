"""`make bench`: how many messages a second, beside the straightforward implementation in the same run."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple, TypedDict

import click

from benchmarks import results
from benchmarks.feeds import Feeds, write_feeds
from benchmarks.stage import AppendOnly, Senders, Stage, Words, found_alerts, our_service
from services.cli.local.embedded import ServerError

_FOUR_PERCENT: Final = 0.04
_PUBLISHED: Final = 1 / 70_000
_SHARES: Final = (_FOUR_PERCENT, _PUBLISHED)
_SLOWER: Final = 20
"""The straightforward implementation gets so many times fewer messages: a rate needs no more."""
_PROCESSES: Final = ("server", "quotes", "orders")
_PEER: Final = "straightforward"


class Case(NamedTuple):
    """What is sent, and how the server keeps it."""

    name: str
    feeds: tuple[str, ...]
    risky: float = _FOUR_PERCENT
    append_only: AppendOnly = "everysec"
    server: str = "valkey"


_CASES: Final = (
    Case("quotes alone", ("quotes",)),
    Case("orders alone, 4 % alert", ("orders",)),
    Case("orders alone, 1 in 70,000 alerts", ("orders",), _PUBLISHED),
    Case("both together", ("quotes", "orders")),
)
_ALSO: Final = (
    Case("both together, appendfsync always", ("quotes", "orders"), append_only="always"),
    Case("both together, no append-only file", ("quotes", "orders"), append_only="off"),
)
_ON_REDIS: Final = (
    Case("orders alone, 4 % alert, redis-server", ("orders",), server="redis"),
    Case("both together, redis-server", ("quotes", "orders"), server="redis"),
)
"""Where redis-server is installed."""


def straightforward(feed: str, port: int, url: str) -> list[str]:
    """The command of a straightforward service."""
    return ["benchmarks.straightforward", feed, str(port), url]


class Contestant(NamedTuple):
    """An implementation."""

    words: Words
    source: str | None
    """The name that is sent under; None without HELLO."""


OURS: Final = Contestant(our_service, "bench")
STRAIGHTFORWARD: Final = Contestant(straightforward, None)


class Run(TypedDict):
    """What was measured once."""

    rate: float
    """Messages a second."""
    cpu: dict[str, float]
    """Share of a core that each process took."""


def measure(contestant: Contestant, case: Case, feeds: Feeds, senders: Senders) -> Run:
    """Send a case's feeds through fresh services.

    Raises:
        AssertionError: not as many alerts came out as have to.
    """
    files = {"quotes": feeds.quotes, "orders": feeds.orders}
    with Stage(contestant.words, case.append_only, server=case.server) as stage:
        _open(stage, feeds, senders, contestant.source)
        before = stage.cpu_s()
        span = senders.send({files[feed]: stage.addresses[feed] for feed in case.feeds}, contestant.source)
        used = {name: used_s - before[name] for name, used_s in stage.cpu_s().items()}
        expected = feeds.alerts if "orders" in case.feeds else 0
        if (found := stage.alerts()) != expected:
            raise AssertionError(f"{case.name}: {found} alerts instead of {expected}")
    seconds = span.ended - span.began
    return {
        "rate": feeds.messages * len(case.feeds) / seconds,
        "cpu": {name: used_s / seconds for name, used_s in used.items()},
    }


def _open(stage: Stage, feeds: Feeds, senders: Senders, source: str | None) -> None:
    """Let both services take something, so that they are warm and every symbol has a quote."""
    name = None if source is None else f"{source}-opening"
    senders.send({feeds.opening: stage.addresses["quotes"]}, name)
    senders.send({feeds.warm_up: stage.addresses["orders"]}, name)


def alerts_of(contestant: Contestant, feeds: Feeds, senders: Senders) -> list[dict[bytes, bytes]]:
    """The alerts of all orders after all quotes, without the time of the check."""
    with Stage(contestant.words, "off") as stage:
        _open(stage, feeds, senders, contestant.source)
        for file, feed in ((feeds.quotes, "quotes"), (feeds.orders, "orders")):
            senders.send({file: stage.addresses[feed]}, contestant.source)
        return found_alerts(stage.redis)


@click.command()
@click.option("--runs", default=5, show_default=True, help="How often each case is measured.")
@click.option("--messages", default=2_000_000, show_default=True, help="Messages of each feed.")
def main(runs: int, messages: int) -> None:
    """How many messages a second, beside the straightforward implementation in the same run."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, Senders() as senders:
        folder, few = Path(name), messages // _SLOWER
        many = {risky: write_feeds(folder / f"many-{risky}", messages, risky) for risky in _SHARES}
        some = {risky: write_feeds(folder / f"some-{risky}", few, risky) for risky in _SHARES}
        _compare(some[_FOUR_PERCENT], senders)
        taken: dict[str, list[Run]] = {}
        redis_server = _redis_server()
        ours = (*_CASES, *_ALSO, *(_ON_REDIS if redis_server else ()))
        for _ in range(runs):
            for case in ours:
                run = measure(OURS, case, many[case.risky], senders)
                taken.setdefault(case.name, []).append(run)
            for case in _CASES:
                run = measure(STRAIGHTFORWARD, case, some[case.risky], senders)
                taken.setdefault(f"{case.name}, {_PEER}", []).append(run)
    _show(ours, taken)
    results.write("throughput", {"messages": messages, "redis_server": redis_server, "runs": taken})


def _redis_server() -> str | None:
    """The version of `redis-server`, if it is there."""
    try:
        return results.server_version("redis")
    except ServerError as error:
        print(f"{error}: its cases are left out")
        return None


def _compare(feeds: Feeds, senders: Senders) -> None:
    ours, theirs = (alerts_of(each, feeds, senders) for each in (OURS, STRAIGHTFORWARD))
    if ours != theirs:
        raise AssertionError("the two implementations do not find the same alerts")
    print(f"the {len(ours):,} alerts of both implementations are equal, field by field")


def _show(cases: Sequence[Case], taken: dict[str, list[Run]]) -> None:
    rows = [[case.name, *_compared(taken[case.name], taken.get(f"{case.name}, {_PEER}"))] for case in cases]
    columns = ("messages a second", "Market Spread", _PEER, "ratio", *_PROCESSES)
    results.show("Throughput, with each process's share of a core", columns, rows)


def _compared(ours: list[Run], theirs: list[Run] | None) -> list[str]:
    rates = [run["rate"] for run in ours]
    row = [results.summary(rates).text(), "", ""]
    if theirs:
        others = [run["rate"] for run in theirs]
        row[1:] = results.summary(others).text(), results.ratios(rates, others).text(1)
    return row + [f"{median(run['cpu'][name] for run in ours):.0%}" for name in _PROCESSES]


if __name__ == "__main__":
    main()
