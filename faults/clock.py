"""The wall clock of one process, which steps; see `faults.clocked`."""

import random
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_STEPS_S: Final = ((1, 10), (30, 300), (3600, 12 * 3600))
"""From seconds to hours: equally often between each two of these."""


class WallClock:
    """Goes right until it steps.

    Args:
        path: of the file that the process reads its offset from.
        seed: decides the steps.
    """

    def __init__(self, path: Path, seed: str) -> None:
        self._path = path
        self._random = random.Random(seed)
        self.ahead_s = 0.0
        """By how much; below 0 where it is behind."""

    def start(self) -> None:
        """Go right."""
        self._write()

    def step(self) -> None:
        """Be ahead or behind by another time, anything from a second to hours."""
        least_s, most_s = self._random.choice(_STEPS_S)
        self.ahead_s = self._random.uniform(least_s, most_s) * self._random.choice((-1, 1))
        self._write()

    def _write(self) -> None:
        """In place: the process has mapped the file."""
        data = struct.pack("=q", int(self.ahead_s * 1e9))
        if self._path.exists():
            with self._path.open("r+b") as file:
                file.write(data)
        else:
            self._path.write_bytes(data)

    def words(self, module: str) -> Sequence[str]:
        """What follows `python -m` to run a module with this clock."""
        return ("faults.clocked", str(self._path), module)
