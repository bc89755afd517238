"""The suite's results as pictures: growth curves, and the distribution of latencies."""

import math
from statistics import median
from typing import Any, Final

from benchmarks.chart import Panel, draw

_SWEEPS: Final = {
    "symbols": ("Number of symbols", "symbols"),
    "risky": ("Share of orders that alert", "share, 1: every order"),
    "connections": ("Number of connections", "connections"),
    "batch": ("Messages at once", "messages sent before waiting for their ACK"),
}
_OURS: Final = "Market Spread"
_PERCENTILES: Final = (50, 90, 99, 99.9, 99.99)


def growth(figures: dict[str, Any]) -> str:
    """Processor time that a message costs, by what grows."""
    return draw([_growth_panel(sweep, curves) for sweep, curves in figures["curves"].items()], 2)


def _growth_panel(sweep: str, curves: dict[str, Any]) -> Panel:
    title, x_label = _SWEEPS[sweep]
    lines = {
        f"{feed}: {who}": [
            (math.log10(float(value)), median(cost[f"{who}_ns"] for cost in costs))
            for value, costs in curve.items()
        ]
        for feed, curve in curves.items()
        for who in ("service", "server")
    }
    values = next(iter(curves.values()))
    ticks = [(math.log10(float(value)), _label(float(value))) for value in values]
    return Panel(title, x_label, "processor time a message, ns", ticks, lines)


def _label(value: float) -> str:
    if value >= 1:
        return f"{value:,.0f}"
    return f"{value:.0%}" if value >= 0.01 else f"1 in {1 / value:,.0f}"


def latency(figures: dict[str, Any], under_load: dict[str, Any]) -> str:
    """Latency by percentile: of both chains (the median of the runs), and under load."""
    runs = {name: [run["ladder_us"] for run in found] for name, found in figures["runs"].items()}
    rates = figures["rates"]["per_second"], under_load["rates"]["per_second"]
    panels = [
        _latency_panel(f"{rates[0]:,} orders/s and quotes/s", runs),
        _latency_panel(
            f"{rates[1]:,} orders/s and quotes/s", {"Market Spread": [under_load["run"]["ladder_us"]]}
        ),
    ]
    return draw(panels, 2)


def _latency_panel(title: str, runs: dict[str, list[list[tuple[float, float]]]]) -> Panel:
    lines = {
        name: [
            (_place(steps[0][0]), median(us for _, us in steps))
            for steps in zip(*ladders, strict=True)
            if steps[0][0] <= _PERCENTILES[-1]
        ]
        for name, ladders in runs.items()
    }
    ticks = [(0.0, "p0"), *((_place(percentile), f"p{percentile:g}") for percentile in _PERCENTILES)]
    return Panel(title, "percentile of the orders that alert", "latency, µs", ticks, lines)


def _place(percentile: float) -> float:
    """As many nines as a percentile has: 0 for p0, 1 for p90, 2 for p99."""
    return -math.log10(1 - percentile / 100)
