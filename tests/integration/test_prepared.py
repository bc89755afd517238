"""Programs that tests start with their imports done are processes like any other."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import run
from tests.support.prepared import Prepared, can_be_prepared
from tests.support.processes import Processes, wait_until


def test_words_output_and_exit_code() -> None:
    """A program has its own words, prints to its own streams and ends with its own exit code."""
    with Processes() as processes:
        assert run(processes, "--version").output.startswith("market-spread, version ")
        ended = run(processes, "check", "--listen", "nowhere")
    assert ended.code == 2
    assert "nowhere" in "\n".join(ended.lines)


def test_environment() -> None:
    """A program has the environment that it was given, which changes nothing for the next one."""
    with Processes() as processes:
        wrong = run(processes, "check", environment={"MARKET_SPREAD_LISTEN": "nowhere"})
        assert "MARKET_SPREAD_LISTEN" in "\n".join(wrong.lines)
        assert run(processes, "check", "--help").code == 0


def test_a_signal_ends_it() -> None:
    """A signal reaches the program, which has a process of its own, and is told as its end."""
    program = Prepared(["-m", "services.web", "--listen", "127.0.0.1:0"], os.environ)
    try:
        assert program.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            program.wait(0.01)
        assert program.pid != os.getpid()
        program.kill()
        assert program.wait(20) == -signal.SIGKILL
        wait_until(lambda: not Path(f"/proc/{program.pid}").exists(), "no trace of it is left")
        program.kill()  # of one that has ended is nothing
    finally:
        program.stdout.close()
        program.stderr.close()


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (("-X", "dev", "-m", "services.web"), {}),
        (("-m", "http.server"), {}),
        (("-m", "services.web"), {"PYTHONUTF8": "0"}),
    ],
)
def test_what_is_started_by_its_name(words: tuple[str, ...], environment: dict[str, str]) -> None:
    """Other programs, and variables and options that Python itself reads, need a new interpreter."""
    assert not can_be_prepared(words, environment)
