"""Becomes another program, one that is killed when its parent ends, however the parent ends.

Run by its path, before that program: `python leash.py PARENT_PID PROGRAM ARGUMENT...`. The parent is the
thread that starts it, so that has to be one that stays.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from typing import Final

_PR_SET_PDEATHSIG: Final = 1  # from linux/prctl.h; other systems have nothing like it, and go without


def leashed(words: Sequence[str]) -> list[str]:
    """The command that runs another command on a leash of this process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *words]


def main() -> None:
    """Put this process on the leash and become the program."""
    parent, *words = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(parent):  # it ended before the leash was on
            sys.exit(1)
    os.execvp(words[0], words)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
