"""What waits for clients to take it, over all of them together: counted, and bounded in bytes.

A chunk that many clients wait for is one object and counts once. While there is too much, nothing more is
made for anybody who has to wait anyway (history, pages, snapshots), and those who have not taken anything for
seconds are dropped, one after the other: who reads is never among them.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

logger = logging.getLogger(__name__)

MOST_WAITING: Final = 16 << 20
"""Bytes that wait for clients."""
_STALLED_S: Final = 3.0
"""Who has taken nothing for so long does not read."""
_ROOM_MADE: Final = 0.75
"""Down to such a share of what may wait readers are dropped at once."""
_LOOK_S: Final = 0.1


class Reader:
    """A client that is being sent something.

    Args:
        name: for the log.
        abort: ends its connection at once, whatever is still to be sent.
    """

    def __init__(self, name: str, abort: Callable[[], None]) -> None:
        self.name = name
        self.abort = abort


class Backlog:
    """What waits for clients.

    Args:
        most: bytes, about.
    """

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._chunks: dict[int, tuple[bytes, int]] = {}
        """By identity: a chunk, and how many wait for it."""
        self._waiting: dict[Reader, tuple[float, int]] = {}
        """When each reader that waits last took something, and of how many bytes; who has waited longest is
        the first."""
        self._shrunk = asyncio.Event()
        self.size = 0
        """Bytes."""
        self.dropped = 0
        """Readers that took nothing while room was needed, since the start."""

    def hold(self, chunk: bytes) -> None:
        """One more waits for a chunk."""
        _, holders = self._chunks.get(id(chunk), (chunk, 0))
        self._chunks[id(chunk)] = (chunk, holders + 1)
        if not holders:
            self.size += len(chunk)
            if self.size > self._most:
                self._drop_stalled()

    def release(self, chunk: bytes) -> None:
        """One less waits for a chunk."""
        _, holders = self._chunks.pop(id(chunk))
        if holders > 1:
            self._chunks[id(chunk)] = (chunk, holders - 1)
        else:
            self.size -= len(chunk)
            self._shrunk.set()

    @contextmanager
    def sending(self, reader: Reader, chunk: bytes) -> Iterator[Callable[[], None]]:
        """A reader is being sent a chunk; what this gives is called whenever it has taken something."""

        def moved() -> None:
            self._waiting.pop(reader, None)
            self._waiting[reader] = time.monotonic(), len(chunk)

        self.hold(chunk)
        moved()
        try:
            yield moved
        finally:
            self._waiting.pop(reader, None)
            self.release(chunk)

    async def room(self) -> None:
        """Wait until there is room to make something for a client."""
        while self.size >= self._most:
            self._drop_stalled()
            self._shrunk.clear()
            try:
                async with asyncio.timeout(_LOOK_S):
                    await self._shrunk.wait()
            except TimeoutError:
                continue

    def _drop_stalled(self) -> None:
        """Drop readers that have taken nothing for long, the longest first, until there will be some room."""
        now, left = time.monotonic(), self.size
        for reader, (moved_at, size) in tuple(self._waiting.items()):
            if now - moved_at < _STALLED_S or left < self._most * _ROOM_MADE:
                return
            del self._waiting[reader]
            left -= size
            self.dropped += 1
            logger.warning(
                "dropped a client that does not read: others need the memory that its answers take",
                extra={"client": reader.name, "bytes_waiting": self.size},
            )
            reader.abort()
