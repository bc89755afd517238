"""Waits in a thread of its own until something follows a position in a stream."""

import time
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Final

from shared.redis.link import RedisLink, RedisUnavailable, command

_BLOCK_MS: Final = 500
_RETRY_S: Final = 0.25


class StreamWaiter(Thread):
    """Wakes the service when something follows a position.

    Args:
        link: of its own.
        stream: what it reads.
        wake: called when something is there.
    """

    def __init__(self, link: RedisLink, stream: str, wake: Callable[[], None]) -> None:
        super().__init__(name=f"stream-{stream}", daemon=True)
        self._link = link
        self._stream = stream
        self._wake = wake
        self._asked: SimpleQueue[bytes] = SimpleQueue()
        self._is_asked = False
        self._has_news = False

    def ask(self, after: bytes, *, anew: bool = False) -> None:
        """Wake the service when something follows this entry ID.

        Args:
            after: the ID.
            anew: whether what was asked for before does not count any more.
        """
        if anew or not self._is_asked:
            self._is_asked = True
            self._asked.put(after)

    def look_at_once(self) -> None:
        """Say that there is something, whatever was asked for."""
        self._has_news = True

    def take_news(self) -> bool:
        """Whether something was there since this was called the last time."""
        if not self._has_news:
            return False  # and nothing is set: the thread may have news in this moment
        self._has_news = False
        return True

    def run(self) -> None:
        """Wait for what was asked for, again and again."""
        while True:
            after = self._asked.get()
            while not self._has_entries(after):
                while not self._asked.empty():  # Redis has lost what came before: wait for less
                    after = self._asked.get()
            self._is_asked = False
            self._has_news = True
            self._wake()

    def _has_entries(self, after: bytes) -> bool:
        """Whether something follows, waiting a while for it."""
        words = ("COUNT", 1, "BLOCK", _BLOCK_MS, "STREAMS", self._stream, after)
        try:
            (found,) = self._link.roundtrip([command(self._stream, "XREAD", *words)])
        except RedisUnavailable as error:
            found = error
        if isinstance(found, Exception):  # the service finds out by itself, and says so
            time.sleep(_RETRY_S)
        return isinstance(found, list)
