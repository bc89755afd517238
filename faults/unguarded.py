"""A copy of the services in which a commit no longer compares the position: the harness must notice."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_FILE: Final = Path("shared", "positions.py")
_COMPARISON: Final = " or position ~= ARGV[2]"


@contextmanager
def unguarded_copy(source: Path) -> Iterator[Path]:
    """A temporary copy of the source tree without the position comparison in the commit script.

    Raises:
        LookupError: the comparison is not where it was.
    """
    with tempfile.TemporaryDirectory(prefix="unguarded-") as name:
        copy = Path(name)
        for package in ("services", "shared"):
            shutil.copytree(source / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
        script = (copy / _FILE).read_text()
        if script.count(_COMPARISON) != 1:
            raise LookupError(f"{_FILE} has not exactly one {_COMPARISON!r}")
        (copy / _FILE).write_text(script.replace(_COMPARISON, ""))
        yield copy
