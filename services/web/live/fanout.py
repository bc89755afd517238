"""Fan-out: what is published once is written to every client, and a slow one delays nobody.

All clients share the same chunks of bytes, and a queue holds only references. What all queues hold together
is counted in the backlog.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from services.web.http.backlog import Backlog

logger = logging.getLogger(__name__)

MOST_QUEUED: Final = 8 << 20
"""Bytes that a client may be behind before it is dropped: 12 s of 2,000 alerts a second."""


class Client:
    """Somebody who reads a stream.

    Args:
        name: for the log.
        abort: ends the connection at once, whatever is still to be sent.
        backlog: where what is queued is counted.
    """

    def __init__(self, name: str, abort: Callable[[], None], backlog: Backlog) -> None:
        self.name = name
        self.abort = abort
        self._backlog = backlog
        self._chunks: deque[bytes] = deque()
        self._queued = 0
        self._news = asyncio.Event()
        self._has_ended = False

    def put(self, chunk: bytes) -> bool:
        """Queue a chunk, of any size; False if the client has too much before it already."""
        if self._queued >= MOST_QUEUED:
            return False
        self._chunks.append(chunk)
        self._backlog.hold(chunk)
        self._queued += len(chunk)
        self._news.set()
        return True

    def end(self) -> None:
        """Let the stream end after what is queued."""
        self._has_ended = True
        self._news.set()

    async def get(self) -> bytes | None:
        """The next chunk; None at the end."""
        while not self._chunks:
            if self._has_ended:
                return None
            self._news.clear()
            await self._news.wait()
        return self._take()

    def clear(self) -> None:
        """Forget what is queued: the client is gone."""
        while self._chunks:
            self._take()

    def _take(self) -> bytes:
        chunk = self._chunks.popleft()
        self._backlog.release(chunk)
        self._queued -= len(chunk)
        return chunk


class Channel:
    """The clients that get the same, or a part of it each."""

    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self.published = 0
        """Chunks, since the start."""
        self.dropped = 0
        """Clients that did not keep up, since the start."""

    def publish(self, chunk: bytes) -> None:
        """Give a chunk to all clients; drop those that have no room for it."""
        self.published += 1
        for client in [client for client in self.clients if not client.put(chunk)]:
            self._drop(client)

    def give(self, client: Client, chunk: bytes) -> None:
        """Give a chunk to one client; drop it if it has no room."""
        self.published += 1
        if not client.put(chunk):
            self._drop(client)

    def _drop(self, client: Client) -> None:
        self.clients.discard(client)
        self.dropped += 1
        logger.warning(
            "dropped a client that reads too slowly",
            extra={"client": client.name, "bytes_behind": MOST_QUEUED},
        )
        client.abort()
