"""The version before this one, as somebody runs it who has not upgraded yet: installed from its wheel."""

import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

import click
import pytest

from benchmarks.source_tree import check_origin, environment_of, export
from tests.support.processes import Processes

COMMIT: Final = "5c2aeaeba6ff821336392cc44f1d86fca276ecfe"
"""What the tests upgrade from."""
_OFFLINE: Final = ("--quiet", "--disable-pip-version-check", "--no-index", "--no-deps")


def install(folder: Path) -> Path:
    """Build the wheel of the version before and install it, without what it depends on.

    Returns:
        the folder of its packages; the test skips where the clone's history does not reach back to it.
    """
    try:
        source = export(COMMIT, folder / "source", paths=()).tree
    except (click.UsageError, FileNotFoundError) as error:
        pytest.skip(f"history: the commit {COMMIT[:7]} is not here: {str(error).splitlines()[0]}")
    _pip("wheel", "--no-build-isolation", "--wheel-dir", str(folder), str(source))
    (wheel,) = folder.glob("*.whl")
    installed = folder / "installed"
    _pip("install", "--target", str(installed), str(wheel))
    check_origin(installed)
    return installed


def _pip(command: str, *words: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", command, *_OFFLINE, *words], check=True)


def processes_of(installed: Path) -> Processes:
    """Starts services of this version, which come before those of the project."""
    return Processes(("-P",), environment_of(installed))


class Versions(NamedTuple):
    """Which version is there first, and which one comes then."""

    first: Processes
    then: Processes


def users_of(installed: Path) -> Path:
    """The file of Redis' users that came with this version."""
    return installed.parent / "source" / "deploy" / "users.acl"
