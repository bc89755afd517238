"""`python -m benchmarks.report`: puts the results' figures into docs/performance.md, and draws the charts.

A block of the page between `<!-- figures: NAME -->` and `<!-- end -->` is what the function `NAME` here makes
of the suite's results.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from matplotlib.figure import Figure

from benchmarks import fix as fix_suite
from benchmarks import plots, results, version_table
from benchmarks.aims import aims

_DOCS: Final = Path(__file__).parent.parent / "docs"
_PAGE: Final = _DOCS / "performance.md"
_block: Final = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def machine() -> str:
    """Where the figures are from."""
    found = results.read("throughput")["machine"]
    libraries = ", ".join(f"{name} {version}" for name, version in found["libraries"].items())
    return (
        f"{found['date']}, commit {found['commit']}: {found['processor']}, {found['cores']} cores, "
        f"Linux {found['kernel']}, Python {found['python']},\n{found['server']}, {libraries}. "
        f"Others kept {found['load_at_start']:.1f} cores busy when the throughput runs began.\n"
    )


def wanted() -> str:
    """What was wanted; what was missed is bold."""
    rows = []
    for aim in aims():
        measured = f"{aim.measured:.3g} {aim.unit}"
        rows.append(
            [aim.what, f"{aim.wanted:g} {aim.unit}", f"**{measured}**" if aim.is_missed else measured]
        )
    return _table(("", "wanted", "measured"), rows)


def throughput() -> str:
    """Messages a second."""
    found = results.read("throughput")
    runs, redis_server = found["runs"], found["redis_server"]
    rows = []
    for name, ours in runs.items():
        if name.endswith(", straightforward"):
            continue
        rates = _all(ours, "rate")
        theirs = runs.get(f"{name}, straightforward")
        shares = [
            f"{median(run['cpu'][part] for run in ours):.0%}" for part in ("server", "quotes", "orders")
        ]
        others = ["", ""]
        if theirs:
            others = [_text(_all(theirs, "rate")), results.ratios(rates, _all(theirs, "rate")).text(1)]
        rows.append([name, _text(rates), *others, *shares])
    columns = (
        "messages a second",
        "Market Spread",
        "straightforward",
        "ratio",
        "server",
        "ingestor",
        "checker",
    )
    return _table(columns, rows) + (f"\nredis-server is {redis_server}.\n" if redis_server else "")


def latency() -> str:
    """Latency beside the bare chain."""
    runs = results.read("latency")["runs"]
    (ours_name, ours), (bare_name, bare) = runs.items()
    rows = []
    for percentile in ours[0]["us"]:
        us, bare_us = ([run["us"][percentile] for run in some] for some in (ours, bare))
        rows.append([percentile, _text(us), _text(bare_us), results.ratios(us, bare_us).text(2)])
    return _table(("µs", ours_name, bare_name, "ratio"), rows)


def under_load() -> str:
    """Latency by tenth of the time, and each process's share of a core."""
    run = results.read("under_load")["run"]
    parts = [(f"{number} of 10", part) for number, part in enumerate(run["parts_us"], 1)]
    rows = [
        [name, *(f"{us:,.0f}" for us in part.values())]
        for name, part in [*parts, ("all but the first", run["us"])]
    ]
    shares = ", ".join(f"{name} {share:.0%}" for name, share in run["cpu"].items())
    return _table(("µs, by tenth of the time", *run["us"]), rows) + f"\nShare of a core: {shares}.\n"


def growth() -> str:
    """What a message costs, by what grows."""
    rows = []
    for sweep, of_feeds in results.read("growth")["curves"].items():
        for feed, curve in of_feeds.items():
            for value, costs in curve.items():
                figures = [median(_all(costs, part)) for part in ("service_ns", "server_ns", "wall_ns")]
                commands = median(_all(costs, "commands"))
                texts = [f"{figure:,.0f}" for figure in figures]
                rows.append([f"{sweep} {float(value):,.5g}", feed, *texts, f"{commands:.3f}"])
    columns = ("", "feed", "service, ns", "server, ns", "elapsed, ns", "commands to the server")
    return _table(columns, rows)


def peers() -> str:
    """Messages a second by other means."""
    found = results.read("peers")
    ours = next(iter(found["rates"].values()))
    rows = [
        [name, _text(rates), results.ratios(ours, rates).text(1)] for name, rates in found["rates"].items()
    ]
    rows += [[name, why, ""] for name, why in found["absent"].items()]
    return _table(("", "messages a second", "we are so many times"), rows)


def fix() -> str:
    """Messages a second by FIX and as frames, and a single order by either."""
    found = results.read("fix")
    machine, latencies = found["machine"], found["latency_us"]
    rows = [[case, *fix_suite.figures(case, runs)] for case, runs in found["runs"].items()]
    singly = [
        [way, *(_text([each[way][name] for each in latencies]) for name in ("p50", "p99"))]
        for way in latencies[0]
    ]
    return (
        f"{machine['date']}, commit {machine['commit']}: {machine['processor']}, {machine['cores']} cores. "
        f"Others kept {machine['load_at_start']:.1f} cores busy when the runs began.\n"
        f"{found['messages']:,} messages a run, {len(latencies)} runs.\n\n"
        + _table(("messages a second", *fix_suite.COLUMNS[1:]), rows)
        + "\n"
        + _table(("a single order until a subscriber has its alert, µs", "p50", "p99"), singly)
    )


def http() -> str:
    """Requests a second."""
    found = results.read("http")
    ours, bare = found["rates"].values()
    page = f"`GET /symbols` of {found['symbols']:,} symbols: {_text(found['page_ms'], 1)} ms."
    row = ["`GET /symbols/{symbol}`", _text(ours), _text(bare), results.ratios(ours, bare).text(2)]
    return _table(("requests a second", "Market Spread", "bare route", "ratio"), [row]) + f"\n{page}\n"


def start() -> str:
    """Milliseconds until a process listens."""
    rows = [
        [name, _text([each * 1000 for each in found])]
        for name, found in results.read("start")["seconds"].items()
    ]
    return _table(("", "ms"), rows)


def versions() -> str:
    """What a message costs beside what it cost before."""
    found = results.read("versions")
    before, after, machine = found["before"], found["after"], found["machine"]
    return (
        f"Before: {before['commit'][:10]} ({before['subject']}). After: {after['commit'][:10]} "
        f"({after['subject']}).\n{machine['date']}, others kept {machine['load_at_start']:.1f} of "
        f"{machine['cores']} cores busy at the start.\n\n"
        + _table(version_table.COLUMNS, version_table.rows(found["pairs"]))
    )


_BLOCKS: Final[dict[str, Callable[[], str]]] = {
    each.__name__: each
    for each in (machine, wanted, throughput, latency, under_load, growth, peers, fix, http, start, versions)
}


CHARTS: Final[dict[str, Callable[[], Figure]]] = {
    "growth.svg": lambda: plots.growth(results.read("growth")),
    "latency.svg": lambda: plots.latency(results.read("latency"), results.read("under_load")),
    "slow-client.svg": lambda: plots.slow_client(results.read("slow_client")),
}
"""The charts in `docs/` by file name, each drawn from what the suite kept."""


def _all(runs: Sequence[dict[str, Any]], figure: str) -> list[float]:
    return [run[figure] for run in runs]


def _text(values: Sequence[float], digits: int = 0) -> str:
    return results.summary(values).text(digits)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Refresh the page and the charts."""
    text = _PAGE.read_text()
    _PAGE.write_text(_block.sub(lambda found: f"{found[1]}{_BLOCKS[found[2]]()}{found[3]}", text))
    for name, draw in CHARTS.items():
        (_DOCS / name).write_text(plots.svg(draw()))
    print(f"refreshed: {_PAGE}, {', '.join(CHARTS)}")


if __name__ == "__main__":
    main()
