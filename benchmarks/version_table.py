"""What was measured of two versions: judged, and put into the rows of a table."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final, Literal, TypedDict

from benchmarks.paired import Ratio, is_above, ratio_of_pairs
from benchmarks.version_runs import Run

BOUND: Final = 1.05
"""What is not slower for sure than this many times the version before is good."""

COLUMNS: Final = (
    "processor time of the service",
    "ns a message",
    "after / before",
    "before / before",
    "a pair's spread",
    "elapsed, ns",
    "p50, µs",
    "",
)


class Pair(TypedDict):
    """Two runs, one right after the other."""

    before: Run
    other: Run
    is_before_first: bool


class Pairs(TypedDict):
    """All that was measured of a workload."""

    after: list[Pair]
    """The version before, and the version after."""
    before: list[Pair]
    """The version before, twice: by what these differ is the machine's doing."""


def cost_ratio(pairs: Sequence[Pair]) -> Ratio:
    """How many times the processor time of the version before the other one takes."""
    return ratio_of_pairs(
        [pair["other"]["cpu_ns"] for pair in pairs], [pair["before"]["cpu_ns"] for pair in pairs]
    )


def slower(taken: Mapping[str, Pairs]) -> list[str]:
    """The workloads in which the version after is slower for sure than the bound allows."""
    return [name for name, pairs in taken.items() if is_above(cost_ratio(pairs["after"]), BOUND)]


def rows(taken: Mapping[str, Pairs]) -> list[list[str]]:
    """A row a workload, with `COLUMNS`; of two figures in one column the first is of the version before."""
    too_slow = slower(taken)
    found = []
    for name, pairs in taken.items():
        same = cost_ratio(pairs["before"])
        figures = [_both(pairs["after"], "cpu_ns"), cost_ratio(pairs["after"]).text(), same.text()]
        figures += [f"{same.spread:.3f}", _both(pairs["after"], "wall_ns"), _both(pairs["after"], "p50_us")]
        found.append([name, *figures, "slower" if name in too_slow else "good"])
    return found


def _both(pairs: Sequence[Pair], figure: Literal["cpu_ns", "wall_ns", "p50_us"]) -> str:
    """A figure's medians before and after; nothing where it was not measured."""
    before = [value for pair in pairs if (value := pair["before"][figure]) is not None]
    after = [value for pair in pairs if (value := pair["other"][figure]) is not None]
    return f"{median(before):,.0f}, {median(after):,.0f}" if before and after else ""
