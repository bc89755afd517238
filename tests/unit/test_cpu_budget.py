"""The CPU budget of `make test`: what it counts, and when it fails."""

import os
import subprocess
import sys

from tests.support.processes import ROOT

TOOL = "tools/cpu_budget.py"
BURN = "import time\nwhile time.process_time() < 0.4: pass"
LET_A_CHILD_BURN = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}])"


def run(allowed_s: float, program: str) -> subprocess.CompletedProcess[str]:
    """Run a Python program with so many CPU seconds."""
    words = [sys.executable, TOOL, str(allowed_s), sys.executable, "-c", program]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


def test_too_much_cpu_time_fails() -> None:
    """What a child of the command burns counts: exit code 1, and a line with both figures and what to do."""
    ended = run(0.3, LET_A_CHILD_BURN)

    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert " CPU seconds and may take 0.3: " in line
    assert "CPU_SECONDS=" in line


def test_within_its_budget_a_command_succeeds() -> None:
    """Exit code 0, nothing on standard error, and the figure is said all the same."""
    ended = run(30, "pass")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("CPU time: ")
    assert ended.stdout.endswith(" s of 30 s\n")


def test_a_failure_of_the_command_is_its_own() -> None:
    """The command's exit code comes through, and the budget adds no error to one that is there."""
    ended = run(0, "import sys; sys.exit(3)")

    assert (ended.returncode, ended.stderr) == (3, "")


def test_make_test_asserts_200_seconds() -> None:
    """The limit of `make test` is 200 CPU seconds, and a variable raises it."""
    for words, limit in (((), "200"), (("CPU_SECONDS=400",), "400")):
        said = subprocess.run(
            ["make", "-n", "test", *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            env={name: value for name, value in os.environ.items() if "MAKE" not in name},
        )
        assert f"tools/cpu_budget.py {limit} .venv/bin/pytest -m" in said.stdout
