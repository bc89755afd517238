"""The fault harness: a short run of it, and the proof that it notices what it is there to notice."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Processes


def run_faults(processes: Processes, tmp_path: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    """Run `python -m faults`; its exit code, its log, and what it printed."""
    log = tmp_path / "log.json"
    harness = processes.start("-m", "faults", "--brisk", "--json", str(log), *words)
    code = harness.wait(timeout_s=300)
    return code, json.loads(log.read_text()), harness.output()


@pytest.mark.timeout(330)
def test_a_short_fault_run_loses_and_doubles_nothing(processes: Processes, tmp_path: Path) -> None:
    """Every process is killed and stopped once under load, every line breaks: all orders count once."""
    code, log, output = run_faults(processes, tmp_path, "--faults", "12", "--seed", "11")
    assert code == 0, output
    assert len(log["faults"]) == 12
    assert log["struck_in_flight"] >= 10
    assert log["verdict"]["alerts"] == log["verdict"]["expected"] > 1000


@pytest.mark.slow
@pytest.mark.timeout(330)
@pytest.mark.parametrize("end", ["return", "takeover"])
def test_a_short_fault_run_on_a_cluster_loses_and_doubles_nothing(
    processes: Processes, tmp_path: Path, end: str
) -> None:
    """On three primaries, too, whether a killed one comes back or its replica takes over."""
    code, log, output = run_faults(processes, tmp_path, "--cluster", end, "--faults", "16", "--seed", "11")
    assert code == 0, output
    assert len(log["by_kind"]) == 16, "each process and role is struck in each way, and the slot moves"
    assert log["verdict"]["alerts"] == log["verdict"]["expected"] > 1000
    assert bool(log["takeovers"]) is (end == "takeover")


@pytest.mark.slow
@pytest.mark.timeout(330)
@pytest.mark.parametrize(
    "words",
    [("--faults", "36"), ("--faults", "16", "--cluster", "takeover")],
    ids=["one server", "cluster"],
)
def test_without_the_position_comparison_the_fault_run_fails(
    processes: Processes, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """With the guard taken out of the commit the harness finds doubled alerts, and says so."""
    code, log, output = run_faults(processes, tmp_path, "--seed", "12", "--without-guard", *words)
    assert code == 1, output
    assert log["verdict"]["duplicated"] > 0
    assert not log["wrong"], output
