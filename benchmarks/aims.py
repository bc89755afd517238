"""What was wanted of two cores, beside the medians of the results."""

from collections.abc import Iterator
from statistics import median
from typing import Final, NamedTuple

from benchmarks import results

_MILLIONS_A_SECOND: Final = {
    "quotes alone": 8,
    "orders alone, 4 % alert": 2.5,
    "orders alone, 4 % alert, redis-server": 2.5,
    "orders alone, 1 in 70,000 alerts": 5,
    "both together": 5,
    "both together, redis-server": 5,
}
_BY_FIX: Final = {
    "orders, 35=D": ("orders", 0.1),
    "quotes, 35=W": ("quotes", 0.2),
    "quotes, 35=S": ("quotes", 0.2),
}
"""The service, and millions a second."""
_LISTENS_WITHIN_S: Final = 0.5


class Aim(NamedTuple):
    """Something that was wanted, and what was measured of it."""

    what: str
    wanted: float
    unit: str
    measured: float
    is_least: bool = False
    """Whether more than what was wanted is better."""

    @property
    def is_missed(self) -> bool:
        """Whether it is worse than wanted."""
        return self.measured < self.wanted if self.is_least else self.measured > self.wanted


def aims() -> Iterator[Aim]:
    """All of them, those of cases that were left out excepted."""
    rates = results.read("throughput")["runs"]
    for name, millions in _MILLIONS_A_SECOND.items():
        if name in rates:
            yield Aim(
                name, millions, "million/s", median(run["rate"] for run in rates[name]) / 1e6, is_least=True
            )
    yield Aim("an order's latency beside the bare chain, p50", 1.5, "times", _beside_bare_chain("p50"))
    yield Aim("the same, p99", 2, "times", _beside_bare_chain("p99"))
    load = results.read("under_load")["run"]["us"]
    yield Aim("100,000 orders/s and as many quotes/s, p50", 1, "ms", load["p50"] / 1000)
    yield Aim("the same, p99", 10, "ms", load["p99"] / 1000)
    by_fix = results.read("fix")["runs"]
    for case, (service, wanted) in _BY_FIX.items():
        rate = median(run["per_cpu_second"][service] for run in by_fix[case])
        yield Aim(f"{case}, by the service's own CPU", wanted, "million/s", rate / 1e6, is_least=True)
    http = results.read("http")
    beside_bare = results.ratios(*http["rates"].values()).median
    yield Aim("`GET /symbols/{symbol}` beside a bare route", 0.8, "times", beside_bare, is_least=True)
    yield Aim("`GET /symbols`, 3,000 symbols", 30, "ms", median(http["page_ms"]))
    for name in ("ingest", "check", "api"):
        seconds = median(results.read("start")["seconds"][name])
        yield Aim(f"`market-spread {name}` listens after", _LISTENS_WITHIN_S, "s", seconds)


def _beside_bare_chain(percentile: str) -> float:
    ours, bare = results.read("latency")["runs"].values()
    return results.ratios(*([run["us"][percentile] for run in runs] for runs in (ours, bare))).median
