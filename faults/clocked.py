"""Runs a module whose wall clock goes wrong: `python -m faults.clocked FILE MODULE ARGUMENT...`.

The file has eight bytes: by how many nanoseconds the clock is ahead, in this machine's byte order. It is
read each time that somebody asks for the time, so that the clock steps when the file changes. The monotonic
clock stays as it is. Knows nothing of the module: it is not told that it runs like this.
"""

import mmap
import runpy
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path


def main() -> None:
    """Put the clock that steps in place, and become the module."""
    _, path, module, *words = sys.argv
    _replace_clock(_offset_ns(Path(path)))
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _offset_ns(path: Path) -> Callable[[], int]:
    with path.open("rb") as file:
        view = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
    read = struct.Struct("=q").unpack_from

    def offset_ns() -> int:
        offset: int = read(view)[0]
        return offset

    return offset_ns


def _replace_clock(offset_ns: Callable[[], int]) -> None:
    real_ns = time.time_ns

    def time_ns() -> int:
        return real_ns() + offset_ns()

    time.time_ns = time_ns
    time.time = lambda: time_ns() / 1e9


if __name__ == "__main__":
    main()
