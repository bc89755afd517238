"""The fault harness: a short run of it, and the proof that it notices what it is there to notice."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import Processes

TAKEOVER = ("--cluster", "takeover")
FORGET = ("--losses", "limits", "--kinds", "limits forgotten", "--faults", "4", "--activations", "8")
BETWEEN_CHUNKS = ("--portion", "5", "--kinds", "kill -9", "--kinds", "break")


def run_faults(processes: Processes, tmp_path: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    """Run `python -m faults`; its exit code, its log, and what it printed."""
    log = tmp_path / "log.json"
    harness = processes.start("-m", "faults", "--brisk", "--json", str(log), *words)
    code = harness.wait(timeout_s=300)
    return code, json.loads(log.read_text()), harness.output()


def run_until(
    happened: Callable[[int, dict[str, Any]], object],
    processes: Processes,
    tmp_path: Path,
    seed: int,
    *words: str,
) -> tuple[int, dict[str, Any], str]:
    """Of three runs with seeds from this one on the first in which something happened, or the last.

    Chance decides what is in flight when something is struck: one run may pass whatever is taken out.
    """
    for attempt in range(3):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        code, log, output = run_faults(processes, folder, "--seed", str(seed + attempt), *words)
        if happened(code, log):
            break
    return code, log, output


@pytest.mark.timeout(330)
def test_a_short_fault_run_loses_and_doubles_nothing(processes: Processes, tmp_path: Path) -> None:
    """Every process is killed and stopped once under load, every line breaks: all orders count once."""
    code, log, output = run_faults(processes, tmp_path, "--faults", "8", "--seed", "11")
    assert code == 0, output
    assert len(log["faults"]) == 8
    assert log["struck_in_flight"] >= 6
    assert log["verdict"]["alerts"] == log["verdict"]["expected"] > 1000


@pytest.mark.slow
@pytest.mark.timeout(330)
def test_faults_between_two_chunks_of_a_commit_lose_and_double_nothing(
    processes: Processes, tmp_path: Path
) -> None:
    """With chunks of five alerts, checkers, Redis and lines are struck when a commit is done in part."""
    code, log, output = run_faults(processes, tmp_path, "--seed", "11", "--faults", "12", *BETWEEN_CHUNKS)
    assert code == 0, output
    assert log["portion"] == 5
    assert log["struck_between_chunks"] >= 4, output
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
    [
        ("--faults", "36"),
        ("--faults", "16", "--cluster", "takeover"),
        ("--faults", "16", *BETWEEN_CHUNKS),
    ],
    ids=["one server", "cluster", "between chunks"],
)
def test_without_the_position_comparison_the_fault_run_fails(
    processes: Processes, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """With the guard taken out of the commit the harness finds doubled alerts, and says so."""
    code, log, output = run_until(lambda code, _: code, processes, tmp_path, 12, "--without-guard", *words)
    assert code == 1, output
    assert log["verdict"]["duplicated"] > 0
    assert not log["wrong"], output


@pytest.mark.slow
@pytest.mark.timeout(330)
@pytest.mark.parametrize(
    "words",
    [("--faults", "12", "--activations", "12"), ("--faults", "16", "--activations", "16", *TAKEOVER)],
    ids=["one server", "cluster"],
)
def test_limits_that_change_under_fire_judge_each_order_once(
    processes: Processes, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Random versions become active beside the kills: each alert is right by the version that it names."""
    code, log, output = run_faults(processes, tmp_path, "--seed", "11", *words)
    assert code == 0, output
    assert len(log["activations"]) == len(log["faults"])
    assert log["versions"] >= 2, "alerts are by several of them"
    assert log["activated_while_killed"] + log["activated_while_stopped"] >= 5
    assert log["verdict"]["alerts"] > log["verdict"]["expected"] > 1000
    assert not log["given_up_limits"], "nobody had to wait"


@pytest.mark.slow
@pytest.mark.timeout(330)
def test_limits_that_nobody_knows_any_more_do_not_go_back_unsaid(
    processes: Processes, tmp_path: Path
) -> None:
    """All services are killed and the limits are gone: versions go back only after a wait, which is said."""
    code, log, output = run_faults(processes, tmp_path, "--seed", "6", *FORGET)
    assert code == 0, output
    assert log["verdict"]["went_back"] == 0
    assert log["verdict"]["alerts"] > log["verdict"]["expected"] > 300


@pytest.mark.slow
@pytest.mark.timeout(330)
def test_without_the_pointers_in_each_batch_the_run_fails(processes: Processes, tmp_path: Path) -> None:
    """Checkers that look once a second which version is active judge orders by one that was active before."""
    words = ("--without-pointers", "--faults", "12", "--activations", "12")
    code, log, output = run_until(
        lambda code, log: code and not log["wrong"], processes, tmp_path, 11, *words
    )
    assert code == 1, output
    assert log["verdict"]["unexpected"] > 0, output
    assert not log["wrong"], output


LOSSES = ("old data", "power cut", "lagging takeover", "back empty")


def losses(servers: str, faults: int, *words: str) -> Sequence[str]:
    """The words of a run in which Redis loses data; no other faults, unless words name them."""
    kinds = [word for kind in LOSSES for word in ("--kinds", kind)]
    return ("--losses", servers, "--faults", str(faults), *kinds, *words)


@pytest.mark.slow
@pytest.mark.timeout(330)
@pytest.mark.parametrize("servers", ["redis", "replica", "node"])
def test_a_short_run_in_which_redis_loses_data_ends_with_each_alert_once(
    processes: Processes, tmp_path: Path, servers: str
) -> None:
    """Old data and power cuts, a replica that lags, a node that comes back empty: no loss goes unnoticed."""
    code, log, output = run_faults(processes, tmp_path, "--seed", "6", *losses(servers, 6))
    assert code == 0, output
    assert log["losses"] == 6
    assert log["real_losses"] >= 5
    assert log["verdict"]["expected"] > 500
    assert log["taken_back"] > 0, "orders and quotes were asked for again"
    assert log["fenced"] > 0, "connections whose source was taken over heard of it"


@pytest.mark.slow
@pytest.mark.timeout(330)
def test_clocks_that_step_change_nothing(processes: Processes, tmp_path: Path) -> None:
    """Those of the ingestor and both checkers step by seconds to hours: all times are the data server's."""
    words = ("--losses", "redis", "--faults", "9", "--seed", "11", "--kinds", "clock step")
    code, log, output = run_faults(processes, tmp_path, *words)
    assert code == 0, output
    assert {abs(fault["clock_ahead_s"]) >= 1 for fault in log["faults"]} == {True}
    assert set(log["by_kind"]) == {f"clock step {name}" for name in ("ingestor", "checker", "standby")}


@pytest.mark.slow
@pytest.mark.timeout(330)
@pytest.mark.parametrize("without", ["look", "witness", "generation", "server-clock"])
def test_without_what_notices_losses_the_run_fails(
    processes: Processes, tmp_path: Path, without: str
) -> None:
    """Nobody looks, checkers do not wait, any other owner counts as newer, or each has its own clock."""
    words = losses("replica", 10, f"--without-{without}", "--kinds", "clock step")
    code, log, output = run_until(lambda code, _: code, processes, tmp_path, 6, *words)
    assert code == 1, output
    verdict = log["verdict"]
    found = {
        "look": verdict["unexpected"] + verdict["unnoticed"],
        "witness": verdict["unexpected"],
        "generation": sum("SentAway: error 1" in text for text in log["wrong"]),
        "server-clock": verdict["mistimed"],
    }
    assert found[without] > 0, output
