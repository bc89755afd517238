"""The append-only file of a server: how long it was when, and cut off where it ended at some moment."""

import asyncio
import os
import time
from collections import deque
from pathlib import Path
from typing import Final

_PATTERN: Final = "appendonlydir/*.incr.aof"
_LOOK_S: Final = 0.02
_KEPT_S: Final = 15.0


class AppendFile:
    """Notes how the file grows.

    The server has to sync always, so that the file ends behind what it has answered last, and must not
    rewrite it: a shorter one is then what it had before.

    Args:
        directory: of the server.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._sizes: deque[tuple[float, int]] = deque()
        """When it was so long, by the monotonic clock."""

    async def watch(self) -> None:
        """Note its length for ever."""
        while True:
            for path in self._directory.glob(_PATTERN):
                self._sizes.append((time.monotonic(), path.stat().st_size))
            while self._sizes and self._sizes[0][0] < time.monotonic() - _KEPT_S:
                self._sizes.popleft()
            await asyncio.sleep(_LOOK_S)

    def cut(self, ago_s: float, torn: int = 0) -> None:
        """Cut off what was added since a moment; the server must be dead.

        Args:
            ago_s: how long ago that was.
            torn: how many bytes before that are missing too, so that the last command is torn.
        """
        moment = time.monotonic() - ago_s
        then = next((size for at, size in reversed(self._sizes) if at <= moment), self._sizes[0][1])
        size = max(then - torn, 0)
        (path,) = self._directory.glob(_PATTERN)
        os.truncate(path, min(size, path.stat().st_size))
        while self._sizes and self._sizes[-1][1] > size:
            self._sizes.pop()
        self._sizes.append((time.monotonic(), size))
