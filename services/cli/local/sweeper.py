"""Removes a folder when the process that started this one has ended, however it has ended.

Run by its path: `python sweeper.py FOLDER`. Standard input is a pipe whose other end the starter alone holds:
it ends when the starter does.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

_ATTEMPTS: Final = 50
_WAIT_S: Final = 0.1
"""What is killed together with the starter may write into the folder for a moment yet."""


class Sweeper:
    """A process that outlives this one just long enough to remove a folder.

    Args:
        folder: what to remove.
    """

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,  # what a terminal sends to the demo is not for this one
        )

    def close(self) -> None:
        """Let it remove the folder now, and wait until it has."""
        self._process.communicate()


def main() -> None:
    """Wait for the end of the starter, then remove the folder."""
    folder = Path(sys.argv[1])
    sys.stdin.buffer.read()
    for _ in range(_ATTEMPTS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
        time.sleep(_WAIT_S)


if __name__ == "__main__":
    main()
