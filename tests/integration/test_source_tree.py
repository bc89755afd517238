"""A version's own source runs: exported from its commit, and found before what is installed."""

import subprocess
from pathlib import Path

import click
import pytest

from benchmarks.source_tree import check_origin, environment_of, export, has_uncommitted_changes


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, as somebody."""
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    done = subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of two versions, `the first` and `the second`."""
    folder = tmp_path / "repository"
    for name in ("services", "shared"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("NUMBER = 1\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "the first")
    (folder / "shared" / "__init__.py").write_text("NUMBER = 2\n")
    git(folder, "commit", "--quiet", "--all", "--message", "the second")
    return folder


def test_a_commit_is_exported_as_it_was(repository: Path, tmp_path: Path) -> None:
    """The tree holds the commit's packages, whatever has been changed since, committed or not."""
    (repository / "shared" / "__init__.py").write_text("NUMBER = 3\n")

    found = export("HEAD~1", tmp_path / "tree", repository)

    assert (found.tree / "shared" / "__init__.py").read_text() == "NUMBER = 1\n"
    assert (found.commit, found.subject) == (git(repository, "rev-parse", "HEAD~1"), "the first")


def test_a_tree_runs_its_own_packages(repository: Path, tmp_path: Path) -> None:
    """The packages of the tree are found before those of this project, which is installed here."""
    found = export("HEAD", tmp_path / "tree", repository)

    check_origin(found.tree)

    assert environment_of(found.tree) == {"PYTHONPATH": f"{found.tree}:{found.tree / 'client'}"}


def test_a_tree_without_packages_is_refused(tmp_path: Path) -> None:
    """What is installed would run instead, and would be measured as if it were the version."""
    with pytest.raises(RuntimeError, match="would run code from elsewhere"):
        check_origin(tmp_path)


def test_a_tree_runs_its_own_client(repository: Path, tmp_path: Path) -> None:
    """A version that has a client has its own; one from before runs without."""
    (repository / "client" / "market_spread").mkdir(parents=True)
    (repository / "client" / "market_spread" / "__init__.py").write_text("NUMBER = 2\n")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "a client")
    found = export("HEAD", tmp_path / "tree", repository)

    check_origin(found.tree)

    assert (found.tree / "client" / "market_spread" / "__init__.py").read_text() == "NUMBER = 2\n"


def test_a_commit_that_is_not_there_is_named(repository: Path, tmp_path: Path) -> None:
    """The error is git's, which names what it does not know."""
    with pytest.raises(click.UsageError, match="nowhere"):
        export("nowhere", tmp_path / "tree", repository)


def test_changes_that_are_not_committed_are_seen(repository: Path) -> None:
    """A changed package is seen; a clean one has no changes."""
    assert not has_uncommitted_changes(repository)

    (repository / "shared" / "__init__.py").write_text("NUMBER = 3\n")

    assert has_uncommitted_changes(repository)
