"""`make mutants`: break the product on purpose, one edit at a time, and see that its unit tests notice.

The edits stand in mutants.toml.

Exit code 1 if a mutant survives, if an edit has not exactly one place, or if the tests fail by themselves.
"""

import os
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from queue import SimpleQueue
from typing import Final, NamedTuple, NoReturn

import pytest

from faults.snapshot import Edit, apply_edit

_ROOT: Final = Path(__file__).parent.parent
_TABLE: Final = Path(__file__).with_suffix(".toml")
_COPIED: Final = ("services", "shared", "faults", "tests", "client", "deploy", "docs")
_LEFT_OUT: Final = ("__pycache__", "results")
_WORKERS: Final = 2
_TESTS_FAILED: Final = 1
"""Of pytest's exit codes; another one, such as that of a module that cannot be imported, kills nothing."""
_PLUGINS_LEFT_OUT: Final = ("cacheprovider", "xdist", "schemathesis", "anyio")
"""Of no use here, and half of a second to import."""
_PRELOADED: Final = (
    "pytest",
    "hypothesis",
    "numpy",
    "fakeredis",
    "redis.asyncio.cluster",
    "click",
    "fastapi",
)
"""What takes most of the time of a start, and is the same for all mutants: imported once, and then forked."""
_TEST_S: Final = 10
"""A mutant that lets a test hang for so long is noticed, too."""

_forks: Final = get_context("forkserver")


class Mutant(NamedTuple):
    """An edit, and the unit tests that must fail with it."""

    name: str
    edit: Edit
    tests: Sequence[str]


class Trial(NamedTuple):
    """What became of a mutant."""

    mutant: Mutant
    fate: str
    elapsed_s: float


def main() -> int:
    """Try all mutants and print what became of each; the exit code."""
    began_s = time.monotonic()
    _forks.set_forkserver_preload([*_PRELOADED])
    mutants = read_mutants()
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        copies = SimpleQueue[Path]()
        for number in range(_WORKERS):
            copies.put(_copy(Path(name) / str(number)))
        whole = copies.get()
        if _run_tests(whole, sorted({test for mutant in mutants for test in mutant.tests})):
            print("the tests fail without any mutant")
            return 1
        copies.put(whole)
        with ThreadPoolExecutor(_WORKERS) as workers:
            trials = list(workers.map(lambda mutant: _try(mutant, copies), mutants))
    for trial in trials:
        print(f"{trial.fate:<9} {trial.elapsed_s:5.1f} s  {trial.mutant.edit.file!s:<43} {trial.mutant.name}")
    killed = sum(trial.fate == "killed" for trial in trials)
    print(f"{killed} of {len(trials)} mutants killed by unit tests in {time.monotonic() - began_s:.0f} s")
    return 0 if killed == len(trials) else 1


def read_mutants() -> list[Mutant]:
    """All that are in the table."""
    rows = tomllib.loads(_TABLE.read_text())["mutant"]
    return [
        Mutant(row["name"], Edit(Path(row["file"]), row["text"], row["instead"]), row["tests"])
        for row in rows
    ]


def _copy(copy: Path) -> Path:
    for folder in _COPIED:
        shutil.copytree(_ROOT / folder, copy / folder, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    shutil.copy(_ROOT / "pyproject.toml", copy)
    return copy


def _try(mutant: Mutant, copies: "SimpleQueue[Path]") -> Trial:
    """Apply a mutant in a copy, run its tests, and put the copy in order again."""
    began_s = time.monotonic()
    copy = copies.get()
    path = copy / mutant.edit.file
    original = path.read_text()
    try:
        apply_edit(mutant.edit, path)
        _forget_bytecode(path)
        code = _run_tests(copy, mutant.tests)
        fate = {0: "SURVIVED", _TESTS_FAILED: "killed"}.get(code, f"BROKEN {code}")
    except LookupError:
        fate = "NO PLACE"
    finally:
        path.write_text(original)
        _forget_bytecode(path)
        copies.put(copy)
    return Trial(mutant, fate, time.monotonic() - began_s)


def _forget_bytecode(path: Path) -> None:
    """Python would take the bytecode of a file for that of another one of the same second and length."""
    shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)


def _run_tests(copy: Path, tests: Sequence[str]) -> int:
    """The exit code of these unit tests in a copy."""
    process = _forks.Process(target=_become_pytest, args=(copy, tests))
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def _become_pytest(copy: Path, tests: Sequence[str]) -> NoReturn:
    """Run unit tests of a copy in this process, which knows no module of ours yet."""
    for name in [name for name in sys.modules if name.partition(".")[0] in _COPIED]:
        del sys.modules[name]
    os.chdir(copy)
    sys.path[:0] = [str(copy), str(copy / "client")]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    words = ["-x", "-q", f"--timeout={_TEST_S}", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    for plugin in _PLUGINS_LEFT_OUT:
        words += ["-p", f"no:{plugin}"]
    sys.exit(pytest.main([*words, *(f"tests/unit/test_{test}.py" for test in tests)]))


if __name__ == "__main__":
    sys.exit(main())
