"""A time-out for asyncio that does not count the time in which this process itself was busy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_SLICES: Final = 10


@asynccontextmanager
async def answer_within(seconds: float) -> AsyncIterator[None]:
    """Wait so long for what is done inside, as far as the event loop was free to notice an answer.

    A plain time-out ends a wait also where the answer lies in the socket and the loop has not come to read
    it, for it had other work. So the time is counted in slices: however long the loop is busy at a stretch,
    that counts as one of them.

    Raises:
        TimeoutError: it took longer.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as limit:
        slices = _Slices(loop, seconds / _SLICES, limit)
        try:
            yield
        finally:
            slices.stop()


class _Slices:
    """Lets a time-out pass after so many slices."""

    def __init__(self, loop: asyncio.AbstractEventLoop, slice_s: float, limit: asyncio.Timeout) -> None:
        self._loop, self._slice_s, self._limit = loop, slice_s, limit
        self._left = _SLICES
        self._timer = loop.call_later(slice_s, self._pass)

    def stop(self) -> None:
        self._timer.cancel()

    def _pass(self) -> None:
        self._left -= 1
        if self._left:
            self._timer = self._loop.call_later(self._slice_s, self._pass)
        else:
            self._limit.reschedule(self._loop.time())
