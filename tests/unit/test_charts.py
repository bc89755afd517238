"""The benchmarks' charts: what they show, and that those in docs/ are drawn from what the suite kept."""

from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.figure import Figure

from benchmarks import plots, results
from benchmarks.report import CHARTS

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"
TEXTS = {
    "growth.svg": {
        *("Number of symbols", "Share of orders that alert", "Number of connections", "Messages at once"),
        *("symbols", "share of the orders, %", "connections", "messages sent before waiting for their ACK"),
        *("processor time a message, ns", "10,000", "0.01"),
        *("quotes: service", "quotes: server", "orders: service", "orders: server"),
    },
    "latency.svg": {
        *("2,000 orders/s and quotes/s", "100,000 orders/s and quotes/s"),
        *("percentile of the orders that alert", "latency, µs", "p0", "p99.99", "1,000"),
        *("Market Spread", "bare chain"),
    },
    "slow-client.svg": {
        *("Memory of the API beside a slow client", "time, s", "resident memory, MiB", "80"),
        *("the API", "one of 100 clients does not read", "it is dropped"),
    },
}
"""What one must be able to read, by chart: titles, axes with units, some ticks, the names of the lines."""


@pytest.fixture(scope="module", params=TEXTS)
def name(request: pytest.FixtureRequest) -> str:
    """A chart's file name."""
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def drawn(name: str) -> str:
    """The chart, drawn from the kept results."""
    return plots.svg(CHARTS[name]())


def lines(figure: Figure) -> dict[tuple[str, str], list[list[float]]]:
    """The points of each line, by its panel's title and its own name."""
    return {
        (axes.get_title(loc="left"), str(line.get_label())): np.asarray(line.get_xydata()).tolist()
        for axes in figure.axes
        for line in axes.get_lines()
    }


def test_every_chart_is_known() -> None:
    """There are three, and this file says what each must show."""
    assert set(CHARTS) == set(TEXTS)


def test_axes_and_lines_are_named(name: str, drawn: str) -> None:
    """Each axis says what it shows and in which unit, each line and panel what it is; all of it is text."""
    found = {
        "".join(text.itertext()) for text in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")
    }

    assert found >= TEXTS[name]


def test_the_docs_have_what_was_measured(name: str, drawn: str) -> None:
    """The file in docs/ is what the kept results give; `python -m benchmarks.report` draws it anew."""
    assert (DOCS / name).read_text() == drawn


def test_the_background_is_opaque_and_the_file_small(name: str, drawn: str) -> None:
    """A chart lies on a white ground, so a dark page does not swallow its text; it takes less than 50 KB."""
    assert CHARTS[name]().get_facecolor() == (1, 1, 1, 1)
    assert len(drawn.encode()) < 50_000


def test_growth_shows_the_median_of_the_runs() -> None:
    """A point is a value that was tried and the median cost of its runs, of the service and of the server."""
    runs = [{"service_ns": service, "server_ns": 7.0} for service in (30.0, 10.0, 20.0)]
    figures = {"curves": {"batch": {"orders": {"1": runs, "10": [{"service_ns": 4.0, "server_ns": 2.0}]}}}}

    assert lines(plots.growth(figures)) == {
        ("Messages at once", "orders: service"): [[1, 20], [10, 4]],
        ("Messages at once", "orders: server"): [[1, 7], [10, 2]],
    }


def test_latency_shows_the_median_of_the_runs() -> None:
    """A point is the runs' median at a percentile's number of nines; nothing rarer than p99.99 is shown."""
    ladders = [[[0, 1.0], [90, us], [99.999, 999.0]] for us in (50.0, 40.0, 60.0)]
    alone = {"rates": {"per_second": 10}, "runs": {"ours": [{"ladder_us": each} for each in ladders]}}
    loaded = {"rates": {"per_second": 20}, "run": {"ladder_us": [[0, 2.0], [99, 80.0]]}}

    found = lines(plots.latency(alone, loaded))

    assert [y for _, y in found["10 orders/s and quotes/s", "ours"]] == [1, 50]
    assert [x for x, _ in found["10 orders/s and quotes/s", "ours"]] == pytest.approx([0, 1])
    assert [y for _, y in found["20 orders/s and quotes/s", "Market Spread"]] == [2, 80]
    assert [x for x, _ in found["20 orders/s and quotes/s", "Market Spread"]] == pytest.approx([0, 2])


def test_a_client_that_was_not_dropped_has_no_mark() -> None:
    """The memory is drawn as it was measured, and the moment of the drop only if there was one."""
    kept = results.read("slow_client") | {"rss_mib": [[0.0, 70.0], [1.0, 71.5]], "dropped_s": None}

    assert lines(plots.slow_client(kept)) == {
        ("Memory of the API beside a slow client", "the API"): [[0, 70], [1, 71.5]]
    }
