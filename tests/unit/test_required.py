"""What REQUIRE names may not be skipped."""

from pathlib import Path

import pytest

from tests.support.processes import ROOT, Processes

SKIPPING = '''
"""Skips."""

import pytest

pytestmark = pytest.mark.slow


def test_in_the_test() -> None:
    """For want of a server."""
    pytest.skip("redis: not here")


@pytest.fixture
def absent() -> None:
    """Skips before the test."""
    pytest.skip("redis: not here either")


def test_in_a_fixture(absent: None) -> None:
    """For want of a fixture's server."""


@pytest.mark.skip(reason="redis: marked")
def test_marked() -> None:
    """By a mark."""
'''


def run(processes: Processes, folder: Path, required: str) -> str:
    """Run the skipping tests under our rules; the last line of what pytest says."""
    (folder / "test_skipping.py").write_text(SKIPPING)
    command = ("-m", "pytest", "-q", "-c", str(ROOT / "pyproject.toml"), "-p", "tests.conftest")
    plugins = ("-p", "pytest_timeout", "-p", "no:cacheprovider")  # all that are installed take seconds
    environment = {"REQUIRE": required, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    process = processes.start(*command, *plugins, str(folder), environment=environment)
    process.wait()
    return process.printed[-1]


@pytest.mark.slow
def test_a_skip_is_a_skip(processes: Processes, tmp_path: Path) -> None:
    """What is not required may be skipped."""
    assert run(processes, tmp_path, "chromium").startswith("3 skipped")


@pytest.mark.slow
def test_a_skip_for_something_required_fails(processes: Processes, tmp_path: Path) -> None:
    """A skip for want of something required is a failure, in a test, in a fixture and by a mark."""
    said = run(processes, tmp_path, "chromium,redis")

    assert said.startswith("1 failed, 2 errors")
