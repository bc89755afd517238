"""The console script on a terminal, where it may move and colour what it shows."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from types import TracebackType
from typing import Self

from tests.support.processes import ROOT, TIMEOUT_S

_ROWS = 40
_ESCAPE = re.compile(rb"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal:
    """A command on a terminal; to be used in a `with`.

    Args:
        words: after `market-spread`.
        columns: how wide the terminal is, characters.
    """

    def __init__(self, *words: object, columns: int = 140) -> None:
        self._leader, follower = pty.openpty()
        self.resize(columns)
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "services.cli", *map(str, words)],
            cwd=ROOT, stdin=follower, stdout=follower, stderr=follower,
            env={**os.environ, "TERM": "xterm-256color"},
        )  # fmt: skip
        os.close(follower)
        self.raw = b""
        """What was written to it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._leader)
        self._popen.kill()
        self._popen.wait()

    @property
    def lines(self) -> list[str]:
        """What was written, without colours and movements."""
        return _ESCAPE.sub(b"", self.raw).decode().splitlines()

    def wait_for(self, text: str) -> None:
        """Read on until a text has been shown."""
        while text not in "\n".join(self.lines):
            assert self._read(), f"{text!r} was not shown: {self.raw!r}"

    def resize(self, columns: int) -> None:
        """Make it wider or narrower."""
        fcntl.ioctl(self._leader, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, columns, 0, 0))

    def interrupt(self) -> int:
        """What Ctrl-C does; the command's exit code."""
        self._popen.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self) -> int:
        """Read all that comes, until the command has ended; its exit code."""
        while self._read():
            pass
        return self._popen.wait(TIMEOUT_S)

    def _read(self) -> bool:
        """Read what there is, waiting for it; False at the end."""
        readable, _, _ = select.select([self._leader], [], [], TIMEOUT_S)
        assert readable, f"nothing more was shown: {self.raw!r}"
        try:
            read = os.read(self._leader, 1 << 16)
        except OSError:  # nobody has the other end any more
            return False
        self.raw += read
        return bool(read)
