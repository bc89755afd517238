"""Comparing versions: which runs make a pair, what is judged, and what the table says."""

from pathlib import Path

from benchmarks.source_tree import Version
from benchmarks.version_runs import Run, Workload
from benchmarks.version_table import COLUMNS, Pair, Pairs, rows, slower
from benchmarks.versions import take_pairs

BEFORE = Version("b" * 40, "before", Path("/before"))
AFTER = Version("a" * 40, "after", Path("/after"))
WORKLOAD = Workload("quotes", "quotes", "flood", 1000)


def run(cpu_ns: float, wall_ns: float = 1.0, p50_us: float | None = None) -> Run:
    """What was measured once."""
    return {"cpu_ns": cpu_ns, "wall_ns": wall_ns, "p50_us": p50_us}


def pairs(ratios: list[float]) -> list[Pair]:
    """Pairs of 100 ns before, and so many times that afterwards."""
    return [{"before": run(100.0), "other": run(100.0 * each), "is_before_first": True} for each in ratios]


def test_before_and_after_take_turns_in_coming_first() -> None:
    """Two rounds: before, after; twice before; after, before; twice before."""
    asked: list[str] = []

    def take(version: Version, _workload: Workload) -> Run:
        asked.append(version.subject)
        return run(len(asked))

    taken = take_pairs(BEFORE, AFTER, [WORKLOAD], 2, take)

    assert asked == ["before", "after", "before", "before", "after", "before", "before", "before"]
    first, second = taken["quotes"]["after"]
    assert (first["before"]["cpu_ns"], first["other"]["cpu_ns"]) == (1, 2)
    assert (second["before"]["cpu_ns"], second["other"]["cpu_ns"]) == (6, 5)
    assert [pair["is_before_first"] for pair in taken["quotes"]["before"]] == [True, False]


def test_the_workloads_take_turns() -> None:
    """Every round measures each workload, so that a bad minute spoils no workload alone."""
    asked: list[str] = []

    def take(_version: Version, workload: Workload) -> Run:
        asked.append(workload.name)
        return run(1.0)

    take_pairs(BEFORE, AFTER, [WORKLOAD, WORKLOAD._replace(name="orders")], 2, take)

    assert asked == 2 * (4 * ["quotes"] + 4 * ["orders"])


def test_what_costs_more_for_sure_is_named() -> None:
    """9 to 11 % more is slower; 2 to 12 % more, 7 % in the mean, may still be within 5 %; less is good."""
    same = pairs([0.99, 1.01, 1.0])
    taken: dict[str, Pairs] = {
        "slower": {"after": pairs([1.09, 1.10, 1.11]), "before": same},
        "unsure": {"after": pairs([1.02, 1.07, 1.12]), "before": same},
        "faster": {"after": pairs([0.80, 0.81, 0.82]), "before": same},
    }

    assert slower(taken) == ["slower"]


def test_only_processor_time_is_judged() -> None:
    """Twice the elapsed time and twice the latency are shown, and make nothing slower."""
    pair: Pair = {
        "before": run(1000.0, 2000.0, 30.0),
        "other": run(1000.0, 4000.0, 60.0),
        "is_before_first": True,
    }
    taken: dict[str, Pairs] = {"quotes": {"after": [pair] * 3, "before": [pair] * 3}}

    (row,) = rows(taken)

    assert dict(zip(COLUMNS, row, strict=True)) == {
        "processor time of the service": "quotes",
        "ns a message": "1,000, 1,000",
        "after / before": "1.000 (1.000 to 1.000)",
        "before / before": "1.000 (1.000 to 1.000)",
        "a pair's spread": "1.000",
        "elapsed, ns": "2,000, 4,000",
        "p50, µs": "30, 60",
        "": "good",
    }


def test_what_has_no_latency_shows_none() -> None:
    """Where messages go as fast as they are taken there is no latency to show."""
    (row,) = rows({"quotes": {"after": pairs([1.0, 1.0]), "before": pairs([1.0, 1.0])}})

    assert row[COLUMNS.index("p50, µs")] == ""
