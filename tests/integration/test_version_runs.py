"""Measuring versions for real: their own code runs, on a server that is emptied, and its cost is seen."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from redis import Redis

from benchmarks.source_tree import ROOT, Version
from benchmarks.stage import Senders, new_server
from benchmarks.version_runs import Run, Workload, measure, write_files
from benchmarks.version_table import slower
from benchmarks.versions import take_pairs
from services.cli.local.embedded import Server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server as the benchmarks use it."""
    found = new_server()
    try:
        yield found.start()
    finally:
        found.close()


@pytest.fixture(scope="module")
def senders() -> Iterator[Senders]:
    """Processes that send."""
    with Senders() as found:
        yield found


def tree(folder: Path) -> Version:
    """A copy of today's packages."""
    for package in ("services", "shared"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return Version("0" * 40, folder.name, folder)


def make_slower(version: Version) -> None:
    """Let the ingestor add up numbers with each batch; all else that it does takes a tenth of that time."""
    path = version.tree / "services" / "market_data" / "ingestor.py"
    line = "        is_contested = batch.is_contested\n"
    text = path.read_text()
    assert line in text
    path.write_text(text.replace(line, f"        sum(range(200_000))\n{line}"))


def test_a_version_that_costs_more_is_found(server: Server, senders: Senders, tmp_path: Path) -> None:
    """A copy of the packages with a loop in the ingestor is slower for sure than the copy without it."""
    before, after = tree(tmp_path / "before"), tree(tmp_path / "after")
    make_slower(after)
    workload = Workload("quotes", "quotes", "waiting", 200)
    feeds = write_files(tmp_path, workload)

    def take(version: Version, what: Workload) -> Run:
        return measure(version, what, feeds, server, senders)

    taken = take_pairs(before, after, [workload], 3, take)

    assert slower(taken) == ["quotes"]
    costs = taken["quotes"]["after"]
    assert all(pair["other"]["cpu_ns"] > 1.5 * pair["before"]["cpu_ns"] for pair in costs)


@pytest.mark.parametrize("way", ["flood", "paced", "waiting"])
def test_orders_sent_in_each_way_all_take_effect(
    way: Literal["flood", "paced", "waiting"], server: Server, senders: Senders, tmp_path: Path
) -> None:
    """500 orders twice, or once one by one: every alert is counted, and what was in Redis before is gone."""
    workload = Workload("orders", "orders", way, 500, repeat=2 if way == "flood" else 1)
    feeds = write_files(tmp_path, workload)
    with Redis(port=server.port) as redis:
        redis.set("left over", "from the run before")

        found = measure(tree(tmp_path / "tree"), workload, feeds, server, senders)

        assert redis.get("left over") is None
        assert redis.xlen("alerts") == feeds.alerts * workload.repeat == 20 * workload.repeat
    assert found["cpu_ns"] > 0
    assert (found["p50_us"] is not None) == (way == "paced")
    if way == "paced":
        assert found["wall_ns"] >= 1e9 / 2000 * 499 / 500
