"""The fault runs of orders by FIX in short: exactly once with QuickFIX, and the proof that a run can fail."""

import json
from pathlib import Path
from typing import Any

import pytest

from faults.fix.engine import PYTHON
from tests.support.processes import Processes

ROLES = pytest.mark.parametrize("role", ["initiator", "acceptor"])


def run_faults(processes: Processes, tmp_path: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    """Run `python -m faults.fix` once; its exit code, the log of the run, and what it printed."""
    if not PYTHON.exists():
        pytest.skip("fix-peer: QuickFIX is not installed (make fix-peer)")
    log = tmp_path / "log.json"
    harness = processes.start("-m", "faults.fix", "--json", str(log), *words)
    code = harness.wait(timeout_s=110)
    return code, json.loads(log.read_text())["runs"][0], harness.output()


@pytest.mark.slow
@pytest.mark.parametrize("begin", ["FIX.4.4", "FIXT.1.1"])
@ROLES
def test_each_order_once_and_in_order(processes: Processes, tmp_path: Path, role: str, begin: str) -> None:
    """Checker, Redis and engine are killed, lines cut, another checker takes over: all orders count once."""
    words = ("--role", role, "--begin", begin, "--orders", "1600", "--faults", "8", "--seed", "14")
    code, run, output = run_faults(processes, tmp_path, *words)
    assert code == 0, output
    assert len({fault["kind"] for fault in run["faults"]}) == 6, "each kind of fault has struck"
    assert run["struck_in_flight"] >= 4
    assert run["alerts"] == 1600


@pytest.mark.slow
def test_with_the_position_outside_the_commit_the_run_fails(processes: Processes, tmp_path: Path) -> None:
    """Positions that move by themselves: orders are missing or doubled, and the run says so."""
    words = ("--role", "initiator", "--orders", "1600", "--faults", "12", "--seed", "14")
    begin = ("--begin", "FIX.4.4", "--position-outside-commit")
    code, run, output = run_faults(processes, tmp_path, *words, *begin)
    assert code == 1, output
    assert run["missing"] + run["doubled"] > 0
    assert not run["wrong"], output


@pytest.mark.slow
@ROLES
def test_sessions_outlast_redis(processes: Processes, tmp_path: Path, role: str) -> None:
    """While it is silent and then gone heartbeats go on, and afterwards all that was sent alerts once."""
    words = ("--role", role, "--begin", "FIX.4.4", "--orders", "800", "--outage", "6")
    code, run, output = run_faults(processes, tmp_path, *words)
    assert code == 0, output
    assert run["faults"][0]["in_flight"] > 300
    assert (run["logons"], run["alerts"]) == (1, 800)


@pytest.mark.slow
def test_the_day_ends_with_orders_in_flight(processes: Processes, tmp_path: Path) -> None:
    """Redis is away when both sides begin again at 1: what was sent before counts once."""
    words = ("--role", "initiator", "--begin", "FIX.4.4", "--orders", "800", "--day-ends")
    code, run, output = run_faults(processes, tmp_path, *words)
    assert code == 0, output
    assert run["faults"][0]["in_flight"] > 300
    assert (run["logons"], run["alerts"]) == (2, 800)
