"""`market-spread demo`: everything up by itself, and nothing left behind."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import commands
from tests.processes import Process, Processes, wait_until

GUIDE = "Ctrl-C ends all of it"
PARTS = {"valkey-server", "services.market_data", "services.orders", "services.web", "simulate"}


class Demo:
    """A demo that runs, and what belongs to it."""

    def __init__(self, process: Process) -> None:
        self.process = process
        process.wait_for_print(GUIDE)
        self.children = children_of(process.pid)
        self.folder = Path(process.wait_for_print("logs ").split()[-1]).parent

    def child(self, part: str) -> int:
        """The process of a part."""
        (pid,) = (pid for pid, words in self.children.items() if part in words)
        return pid

    def leftovers(self) -> list[str]:
        """What is still running of it."""
        return [words for pid, words in self.children.items() if is_running(pid)]


@pytest.fixture
def demo(processes: Processes, tmp_path: Path) -> Iterator[Demo]:
    """A demo that has said where to look; it may not leave anything behind, whatever the test does."""
    running = Demo(commands.start(processes, "demo", environment={"TMPDIR": str(tmp_path)}))
    yield running
    if running.process.popen.poll() is None:
        running.process.kill()
    wait_until(lambda: not running.leftovers(), "the end of all parts")


def children_of(pid: int) -> dict[int, str]:
    """The command lines of a process's children."""
    pids = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(each): Path(f"/proc/{each}/cmdline").read_text().replace("\0", " ") for each in pids}


def is_running(pid: int) -> bool:
    """Whether there is such a process that is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:  # it is gone, perhaps while being read
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_alert_and_end(demo: Demo, number: signal.Signals) -> None:
    """An alert within ten seconds; a signal ends all parts within five and removes their folder."""
    line = demo.process.wait_for_print("first alert after")
    assert float(re.findall(r"after ([\d.]+) s", line)[0]) < 10
    assert all(any(part in words for words in demo.children.values()) for part in PARTS)

    os.kill(demo.process.pid, number)

    assert demo.process.wait(timeout_s=6) == 0
    assert demo.process.lines == []
    assert demo.leftovers() == []
    assert not demo.folder.exists()


@pytest.mark.slow
def test_killed_at_once(demo: Demo) -> None:
    """A demo that is killed takes its parts with it, though it can do nothing about them any more."""
    assert len(demo.leftovers()) == len(PARTS)

    demo.process.kill()

    wait_until(lambda: not demo.leftovers(), "the end of all parts")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "name"),
    [("services.orders", "checker"), ("simulate", "simulator"), ("valkey-server", "server")],
)
def test_a_part_dies(demo: Demo, part: str, name: str) -> None:
    """When a part dies the demo names it, ends the others, and fails."""
    os.kill(demo.child(part), signal.SIGKILL)

    assert demo.process.wait(timeout_s=8) == 1
    assert demo.process.lines[0].startswith(f"market-spread demo: the {name} ended by itself")
    assert demo.leftovers() == []


@pytest.mark.slow
def test_a_part_that_does_not_listen_is_killed(demo: Demo) -> None:
    """A part that stands still holds the end up for five seconds, no longer."""
    os.kill(demo.child("services.web"), signal.SIGSTOP)

    os.kill(demo.process.pid, signal.SIGTERM)

    assert demo.process.wait(timeout_s=8) == 0
    assert demo.leftovers() == []


@pytest.mark.slow
def test_two_at_once(demo: Demo, processes: Processes) -> None:
    """A second demo takes free ports where the first one has the usual ones."""
    second = Demo(commands.start(processes, "demo"))
    second.process.wait_for_print("first alert after")

    second.process.terminate()

    assert second.process.wait(timeout_s=6) == 0
    assert second.leftovers() == []
    assert demo.process.popen.poll() is None


@pytest.mark.slow
def test_settings_for_services_in_earnest_are_not_for_the_demo(processes: Processes) -> None:
    """Variables that would lead the parts astray do not reach them."""
    astray = {"MARKET_SPREAD_FOR": "1", "MARKET_SPREAD_ALERTS": "elsewhere", "MARKET_SPREAD_STREAM": "orders"}
    process = commands.start(processes, "demo", environment=astray)
    process.wait_for_print("first alert after")

    process.terminate()

    assert process.wait(timeout_s=6) == 0


def test_no_such_server(processes: Processes) -> None:
    """A server program that is not there is a usage error."""
    ended = commands.run(processes, "demo", "--server", "/nowhere/valkey-server")

    assert ended.code == 2
    (line,) = ended.lines
    assert line.startswith("market-spread demo: --server: no server program '/nowhere/valkey-server' here")
