"""The services as they are in a commit: exported to a folder, and run from there."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import click

ROOT: Final = Path(__file__).parents[1]
_PACKAGES: Final = ("services", "shared")
_CLIENT: Final = "client"
"""The folder of what they import besides; older versions have none."""


class Version(NamedTuple):
    """A version of the product."""

    commit: str
    """The whole hash."""
    subject: str
    """The first line of what the commit says."""
    tree: Path
    """Where its packages are."""


def export(commit: str, folder: Path, repository: Path = ROOT, paths: Sequence[str] | None = None) -> Version:
    """Put the packages of a commit into a folder.

    Args:
        commit: anything that git takes for one.
        folder: created.
        repository: where the commit is.
        paths: what to export of it, or nothing for all that it has; the packages that run if left out.

    Raises:
        click.UsageError: there is no such commit, or it has no such paths.
    """
    found = _git(repository, "show", "--no-patch", "--format=%H%n%s", f"{commit}^{{commit}}")
    full_hash, subject = found.splitlines()
    folder.mkdir()
    archive = folder / "tree.zip"
    if paths is None:
        paths = [*_PACKAGES, *_git(repository, "ls-tree", "--name-only", full_hash, _CLIENT).splitlines()]
    _git(repository, "archive", "--format=zip", f"--output={archive}", full_hash, *paths)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    archive.unlink()
    return Version(full_hash, subject, folder)


def has_uncommitted_changes(repository: Path = ROOT) -> bool:
    """Whether the packages differ from the last commit."""
    return _git(repository, "status", "--porcelain", "--", *_PACKAGES, _CLIENT) != ""


def environment_of(tree: Path) -> Mapping[str, str]:
    """Variables with which `python -P -m` runs the services of a tree: they come before what is installed."""
    return {"PYTHONPATH": os.pathsep.join((str(tree), str(tree / _CLIENT)))}


def check_origin(tree: Path) -> None:
    """Make sure that a tree's own packages run, and not those that are installed.

    Raises:
        RuntimeError: other ones would.
    """
    client = [path.parent.name for path in (tree / _CLIENT).glob("*/__init__.py")]
    names = [*_PACKAGES, *client]
    code = f"import {', '.join(names)}; print({', '.join(f'{name}.__file__' for name in names)})"
    words = [sys.executable, "-P", "-c", code]
    variables = {**os.environ, **environment_of(tree)}
    done = subprocess.run(words, env=variables, capture_output=True, text=True, check=True)
    foreign = [path for path in done.stdout.split() if not Path(path).is_relative_to(tree)]
    if foreign:
        raise RuntimeError(f"{tree} would run code from elsewhere: {', '.join(foreign)}")


def _git(repository: Path, *words: str) -> str:
    """What git prints.

    Raises:
        click.UsageError: it fails.
    """
    done = subprocess.run(["git", *words], cwd=repository, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.UsageError(f"git {words[0]}: {done.stderr.strip()}")
    return done.stdout.rstrip("\n")
