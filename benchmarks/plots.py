"""The suite's results as charts: what a message costs, how long an order takes, what a slow client takes."""

import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_WHOLE: Final = "{x:,.0f}"


def _percent(share: float, _place: float) -> str:
    return f"{100 * share:g}"


_SWEEPS: Final[dict[str, tuple[str, str, str | Callable[[float, float], str]]]] = {
    "symbols": ("Number of symbols", "symbols", _WHOLE),
    "risky": ("Share of orders that alert", "share of the orders, %", _percent),
    "connections": ("Number of connections", "connections", _WHOLE),
    "batch": ("Messages at once", "messages sent before waiting for their ACK", _WHOLE),
}
_PERCENTILES: Final = (0, 50, 90, 99, 99.9, 99.99)
_STYLE: Final = Path(__file__).with_name("charts.mplstyle")
_PANEL_INCHES: Final = (4.4, 3.2)


@style.context(_STYLE)
def growth(figures: dict[str, Any]) -> Figure:
    """Processor time that a message costs, by what grows.

    Args:
        figures: `results/growth.json`.
    """
    figure, panels = _panels(len(figures["curves"]), columns=2)
    for axes, (sweep, curves) in zip(panels, figures["curves"].items(), strict=True):
        title, x_label, x_format = _SWEEPS[sweep]
        for feed, curve in curves.items():
            for who in ("service", "server"):
                costs = [median(cost[f"{who}_ns"] for cost in runs) for runs in curve.values()]
                axes.plot([float(value) for value in curve], costs, marker=".", label=f"{feed}: {who}")
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(x_format)
        _describe(axes, title, x_label, "processor time a message, ns")
    return figure


@style.context(_STYLE)
def latency(figures: dict[str, Any], under_load: dict[str, Any]) -> Figure:
    """Latency by percentile: of both chains (the median of the runs), and under load.

    Args:
        figures: `results/latency.json`.
        under_load: `results/under_load.json`.
    """
    figure, (alone, loaded) = _panels(2, columns=2)
    for name, runs in figures["runs"].items():
        _ladder(alone, name, [run["ladder_us"] for run in runs])
    _ladder(loaded, "Market Spread", [under_load["run"]["ladder_us"]])
    for axes, found in ((alone, figures), (loaded, under_load)):
        axes.set_xticks([_nines(each) for each in _PERCENTILES], [f"p{each:g}" for each in _PERCENTILES])
        title = f"{found['rates']['per_second']:,} orders/s and quotes/s"
        _describe(axes, title, "percentile of the orders that alert", "latency, µs")
    return figure


def _ladder(axes: Axes, name: str, ladders: Sequence[Sequence[tuple[float, float]]]) -> None:
    steps = [step for step in zip(*ladders, strict=True) if step[0][0] <= _PERCENTILES[-1]]
    places = [_nines(step[0][0]) for step in steps]
    axes.plot(places, [median(us for _, us in step) for step in steps], label=name)


def _nines(percentile: float) -> float:
    """As many nines as a percentile has: 0 for p0, 1 for p90, 2 for p99."""
    return -math.log10(1 - percentile / 100)


@style.context(_STYLE)
def slow_client(figures: dict[str, Any]) -> Figure:
    """The API's memory while one of its clients does not read.

    Args:
        figures: `results/slow_client.json`.
    """
    figure = Figure(figsize=(2 * _PANEL_INCHES[0], _PANEL_INCHES[1]))
    axes = figure.subplots()
    seconds, sizes = zip(*figures["rss_mib"], strict=True)
    axes.plot(seconds, sizes, label="the API")
    axes.axvspan(
        *figures["stands_still_s"],
        color="#fdf3e6",
        label=f"one of {figures['clients']:,} clients does not read",
    )
    if figures["dropped_s"] is not None:
        axes.axvline(figures["dropped_s"], color="#a84a00", linestyle="--", label="it is dropped")
    axes.set_xlim(0, seconds[-1])
    axes.set_ylim(0, 1.25 * max(sizes))
    axes.set_title("Memory of the API beside a slow client")
    axes.set_xlabel("time, s")
    axes.set_ylabel("resident memory, MiB")
    axes.legend(loc="lower left")
    return figure


def _panels(number: int, columns: int) -> tuple[Figure, list[Axes]]:
    """A figure of so many panels, so many of them beside each other."""
    rows = math.ceil(number / columns)
    figure = Figure(figsize=(columns * _PANEL_INCHES[0], rows * _PANEL_INCHES[1]))
    return figure, [figure.add_subplot(rows, columns, place + 1) for place in range(number)]


def _describe(axes: Axes, title: str, x_label: str, y_label: str) -> None:
    """Name a panel and its axes; the vertical one is logarithmic, in whole powers of ten."""
    low, high = axes.dataLim.intervaly
    axes.set_yscale("log")
    axes.set_ylim(10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(high)))
    axes.yaxis.set_major_formatter(_WHOLE)
    axes.minorticks_off()
    axes.set_title(title)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.legend()


@style.context(_STYLE)
def svg(figure: Figure) -> str:
    """The chart as a file: without the date and the drawing library's version, so equal figures are equal."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()
