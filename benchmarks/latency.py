"""`make bench-latency`: how long an order takes until a subscriber has its alert, beside a bare chain."""

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, Final, NamedTuple

import click
import numpy as np

from benchmarks import results
from benchmarks.distribution import PERCENTILES, percentiles_us, raw
from benchmarks.load import Received, Schedule, Sent, generate, subscribe
from benchmarks.stage import Stage, Words, our_service, pinned

_START_NS: Final = 1_500_000_000
_LEFT_OUT: Final = 0.1
"""Share of the time, at its beginning, that is not measured."""
_PARTS: Final = 10
_CORES: Final = {"server": {0}, "orders": {0}, "quotes": {1}}
_TRADING: Final = {1}
"""Cores: the server and the checker share one, so that an order wakes the other core twice, on its way in and
on its way out; everything else has the other one, which is about as busy then."""


def bare_chain(feed: str, port: int, url: str) -> list[str]:
    """The command of a part of the bare chain."""
    return ["benchmarks.bare_chain", feed, str(port), url]


class Chain(NamedTuple):
    """Something that orders go through."""

    name: str
    words: Words
    source: str | None
    """The name that is sent under; None without HELLO."""


OURS: Final = Chain("Market Spread", our_service, "bench")
BARE: Final = Chain("bare chain", bare_chain, None)


class Rates(NamedTuple):
    """What is sent to each feed."""

    per_second: int
    a_slice: int
    """Messages that are sent at once."""
    risky: float
    seconds: float

    def schedule(self) -> Schedule:
        """The same from soon on."""
        slices = int(self.per_second * self.seconds / self.a_slice)
        slice_ns = self.a_slice * 1_000_000_000 // self.per_second
        return Schedule(time.monotonic_ns() + _START_NS, slices, slice_ns, self.a_slice, self.risky)


def measure(chain: Chain, rates: Rates) -> dict[str, Any]:
    """Send by a schedule through fresh services.

    Raises:
        AssertionError: not every alert came out once.
    """
    spawned = get_context("spawn")
    with (
        Stage(chain.words, cores=_CORES) as stage,
        pinned(_TRADING),
        ProcessPoolExecutor(2, mp_context=spawned) as pool,
    ):
        schedule, to = rates.schedule(), stage.addresses
        receiving = pool.submit(subscribe, stage.server.port, schedule.end_ns)
        sending = pool.submit(generate, schedule, to["quotes"], to["orders"], chain.source)
        time.sleep((schedule.start_ns - time.monotonic_ns()) / 1e9)
        before = stage.cpu_s()
        sent = sending.result()
        used = {name: used_s - before[name] for name, used_s in stage.cpu_s().items()}
        received = receiving.result()
    return _figures(schedule, sent, received, used)


def _figures(schedule: Schedule, sent: Sent, received: Received, used: dict[str, float]) -> dict[str, Any]:
    if len(np.unique(received.orders)) != sent.alerts or len(received.orders) != sent.alerts:
        raise AssertionError(f"{len(received.orders)} alerts instead of {sent.alerts}")
    due_ns = schedule.due_ns(received.orders)
    latencies, length_ns = received.at_ns - due_ns, schedule.end_ns - schedule.start_ns
    part = (due_ns - schedule.start_ns) * _PARTS // length_ns
    measured = latencies[due_ns >= schedule.start_ns + _LEFT_OUT * length_ns]
    used |= {"sender": sent.cpu_s, "subscriber": received.cpu_s}
    return {
        "us": percentiles_us(measured),
        "sent_late_us": percentiles_us(sent.late_ns),
        "parts_us": [percentiles_us(latencies[part == number]) for number in range(_PARTS)],
        "cpu": {name: used_s / (length_ns / 1e9) for name, used_s in used.items()},
        **raw(measured),
    }


@click.command()
@click.option("--runs", default=5, show_default=True, help="How often each chain is measured, in turn.")
@click.option("--seconds", type=float, help="How long each time.  [default: 10, under load 60]")
@click.option("--risky", type=float, help="Share of orders that alert.  [default: 1, under load 0.04]")
@click.option("--under-load", is_flag=True, help="100,000 orders and 100,000 quotes a second.")
def main(runs: int, seconds: float | None, risky: float | None, *, under_load: bool) -> None:
    """How long an order takes from when it had to be sent until a subscriber has its alert."""
    if under_load:
        _under_load(Rates(100_000, 100, risky or 0.04, seconds or 60))
    else:
        _beside_bare_chain(Rates(2_000, 1, risky or 1.0, seconds or 10), runs)


def _beside_bare_chain(rates: Rates, runs: int) -> None:
    taken: dict[str, list[dict[str, Any]]] = {OURS.name: [], BARE.name: []}
    for _ in range(runs):
        for chain in (OURS, BARE):
            taken[chain.name].append(measure(chain, rates))
    ours, bare = taken.values()
    rows = [
        [name, _over(ours, name).text(), _over(bare, name).text(), _ratios(ours, bare, name).text(2)]
        for name in PERCENTILES
    ]
    title = (
        f"Latency of an order at {rates.per_second:,} orders/s and as many quotes/s, {rates.risky:.0%} alert"
    )
    results.show(title, ("microseconds", OURS.name, BARE.name, "ratio"), rows)
    results.write("latency", {"rates": rates._asdict(), "runs": taken})


def _over(runs: Sequence[dict[str, Any]], percentile: str) -> results.Summary:
    return results.summary([run["us"][percentile] for run in runs])


def _ratios(
    ours: Sequence[dict[str, Any]], bare: Sequence[dict[str, Any]], percentile: str
) -> results.Summary:
    return results.ratios(*([run["us"][percentile] for run in runs] for runs in (ours, bare)))


def _under_load(rates: Rates) -> None:
    run = measure(OURS, rates)
    parts = [(f"{number + 1} of {_PARTS}", part) for number, part in enumerate(run["parts_us"])]
    rows = [[name, *(f"{us:,.0f}" for us in part.values())] for name, part in [*parts, ("all", run["us"])]]
    title = f"Latency at {rates.per_second:,} orders/s and as many quotes/s for {rates.seconds:.0f} s"
    results.show(title, ("microseconds, by part of the time", *PERCENTILES), rows)
    shares = [[name, f"{share:.0%}"] for name, share in run["cpu"].items()]
    results.show("Share of a core that each process takes", ("process", "share"), shares)
    results.write("under_load", {"rates": rates._asdict(), "run": run})


if __name__ == "__main__":
    main()
