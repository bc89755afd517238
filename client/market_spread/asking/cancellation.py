"""Cancellations that get lost on their way."""

import asyncio
from types import TracebackType
from typing import Self


class HeedCancellation:
    """Ends with `CancelledError` if this task was cancelled inside, even where something swallowed that.

    `asyncio.wait_for`, with which redis-py sends each command, returns a result as if nothing had happened
    if the task is cancelled in the moment in which what it waits for is done (before Python 3.12). Who reads
    for ever would then go on for ever. A time-out of `asyncio` that ran out inside is no cancellation.
    """

    async def __aenter__(self) -> Self:
        self._task = _this_task()
        self._cancelled_before = self._task.cancelling()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        was_cancelled = self._task.cancelling() > self._cancelled_before
        if was_cancelled and not isinstance(error, asyncio.CancelledError):
            raise asyncio.CancelledError from error


def _this_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("only a task can be cancelled, and this is none")
    return task
