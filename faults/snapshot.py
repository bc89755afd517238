"""A copy of the services for one run, so that nobody who edits them meanwhile disturbs it.

On demand it is one in which a commit no longer compares the position: the run has to fail then.
"""

import shutil
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("services", "shared")
_FILE: Final = Path("shared", "positions.py")
_COMPARISON: Final = "if position ~= ARGV[2] then"


def copy_services(root: Path, copy: Path, *, with_guard: bool) -> None:
    """Copy the packages of the services.

    Args:
        root: of the repository.
        copy: where they go.
        with_guard: whether the commit script keeps its comparison of the position.

    Raises:
        LookupError: the comparison is not where it was.
    """
    for package in _PACKAGES:
        shutil.copytree(root / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    if with_guard:
        return
    text = (copy / _FILE).read_text()
    if text.count(_COMPARISON) != 1:
        raise LookupError(f"{_FILE} has not exactly one {_COMPARISON!r}")
    (copy / _FILE).write_text(text.replace(_COMPARISON, "if false then"))
