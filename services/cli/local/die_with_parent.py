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


def dying_with_parent(words: Sequence[str]) -> list[str]:
    """The command that runs another command on a leash of this process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *words]


def die_with_parent(parent: int) -> None:
    """Have this process killed when its parent ends.

    Args:
        parent: the process ID that the parent has; another one means that it has ended already.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before this process was tied to it
            sys.exit(1)


def main() -> None:
    """Put this process on the leash and become the program."""
    parent, *words = sys.argv[1:]
    die_with_parent(int(parent))
    os.execvp(words[0], words)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
