"""A task that is cancelled ends, whatever swallows its cancellation."""

import asyncio

import pytest
from redis.exceptions import ConnectionError as Away

from market_spread.asking.cancellation import HeedCancellation
from market_spread.asking.outage import Outage

TURNS = 10
"""Of the event loop: longer than anything here takes."""


class Swallowing:
    """Loses the first cancellation, as `asyncio.wait_for` of Python 3.11 can: a result or an error comes.

    Args:
        error: what is raised in the place of the cancellation; None: nothing.
    """

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error
        self._has_swallowed = False

    async def __call__(self) -> str:
        """Wait for ever."""
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if self._has_swallowed:
                raise
            self._has_swallowed = True
            if self._error is not None:
                raise self._error from None
        return "as if nothing had happened"


async def cancel_once(task: asyncio.Task[None]) -> bool:
    """Cancel a task that waits; whether it has ended by that."""
    await asyncio.sleep(0)
    task.cancel()
    for _ in range(TURNS):
        await asyncio.sleep(0)
    ended = task.cancelled()
    task.cancel()
    await asyncio.wait({task})
    return ended


async def ask_for_ever(ask: Swallowing) -> None:
    """What a subscriber does."""
    outage = Outage()
    while True:
        await outage.wait_for(ask)


@pytest.mark.parametrize("ask", [Swallowing(), Swallowing(Away("it is away"))])
def test_who_asks_for_ever_ends_with_one_cancellation(ask: Swallowing) -> None:
    """Whether an answer or an error comes in the place of the cancellation, it is not lost."""

    async def scenario() -> bool:
        return await cancel_once(asyncio.create_task(ask_for_ever(ask)))

    assert asyncio.run(scenario())


def test_a_timeout_inside_is_no_cancellation() -> None:
    """A time-out that ran out inside is told as what it is, and the task goes on."""

    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            async with HeedCancellation(), asyncio.timeout(0):
                await asyncio.sleep(1)
        async with HeedCancellation():
            await asyncio.sleep(0)

    asyncio.run(scenario())


def test_a_timeout_outside_is_heeded() -> None:
    """A time-out around it that ran out while something swallowed its cancellation is a time-out still."""

    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0), HeedCancellation():
                await Swallowing()()

    asyncio.run(scenario())


def test_a_cancellation_keeps_its_words() -> None:
    """One that nobody swallowed is handed on as it is."""

    async def scenario() -> None:
        async with HeedCancellation():
            await asyncio.Event().wait()

    async def cancel() -> None:
        task = asyncio.create_task(scenario())
        await asyncio.sleep(0)
        task.cancel("the words")
        with pytest.raises(asyncio.CancelledError, match="the words"):
            await task

    asyncio.run(cancel())
