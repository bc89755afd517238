"""A time-out for asyncio that does not count the time in which this process itself was busy."""

import asyncio
from types import TracebackType
from typing import Final, Self

_SLICES: Final = 50
"""Many, because an answer takes several turns of the loop, and with a connection to be made a dozen."""


class AnswerWithin:
    """Waits so long for what is done inside, as far as the event loop was free to notice an answer.

    A plain time-out ends a wait also where the answer lies in the socket and the loop has not come to read
    it, for it had other work. So the time is counted in slices: however long the loop is busy at a stretch,
    that counts as one of them. What takes longer is a `TimeoutError`.

    Args:
        seconds: how long.
    """

    def __init__(self, seconds: float) -> None:
        self._slice_s = seconds / _SLICES
        self._left = _SLICES
        self._limit = asyncio.timeout(None)

    async def __aenter__(self) -> Self:
        await self._limit.__aenter__()
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(self._slice_s, self._pass)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        await self._limit.__aexit__(kind, error, trace)

    def _pass(self) -> None:
        self._left -= 1
        if self._left:
            self._timer = self._loop.call_later(self._slice_s, self._pass)
        else:
            self._limit.reschedule(self._loop.time())
