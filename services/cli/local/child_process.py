"""The demo's parts: commands of ours as child processes, ended together."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from services.cli.local.die_with_parent import leashed

_LINES_SHOWN: Final = 10


class Part:
    """A running command.

    Args:
        name: what the user is told when it dies.
        words: after `python -P -m`: what lies in the current folder is not for a part to import.
        folder: where its log goes, `<name>.log`.
        environment: variables besides this process's own.
    """

    def __init__(
        self, name: str, words: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self._log = folder / f"{name}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                leashed([sys.executable, "-P", "-m", *words]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,  # Ctrl-C is for the demo alone, which ends its parts in order
                env={**_environment(), **(environment or {})},
            )

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-_LINES_SHOWN:])

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        self._process.terminate()

    def end_by(self, deadline: float) -> None:
        """Wait until it has ended; kill it when the monotonic clock says `deadline`."""
        try:
            self._process.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _environment() -> dict[str, str]:
    """Ours, without settings that are meant for services in earnest."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MARKET_SPREAD_")}
