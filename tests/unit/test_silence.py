"""The time-out that does not count the time in which the process itself was busy."""

import asyncio
import time

import pytest

from shared.redis.aio.silence import AnswerWithin


def test_silence_is_noticed() -> None:
    """Without an answer the wait ends in time."""

    async def scenario() -> float:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with AnswerWithin(0.1):
                await asyncio.Event().wait()
        return time.monotonic() - began

    assert 0.1 <= asyncio.run(scenario()) < 1.0


def test_own_work_is_no_silence() -> None:
    """A loop that is busy for far longer than the time-out still gets the answer that came meanwhile."""

    async def scenario() -> str:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str] = loop.create_future()
        loop.call_later(0.001, lambda: time.sleep(0.4))  # other work, in the way of the loop
        loop.call_later(0.002, answer.set_result, "answer")
        async with AnswerWithin(0.1):
            return await answer

    assert asyncio.run(scenario()) == "answer"


def test_a_slow_loop_is_no_silence() -> None:
    """An answer that takes a dozen turns of a loop each of which lasts long is waited for."""

    async def other_work() -> None:
        while True:
            time.sleep(0.02)  # noqa: ASYNC251 - holds up the loop, as work does
            await asyncio.sleep(0)

    async def scenario() -> None:
        working = asyncio.create_task(other_work())
        async with AnswerWithin(0.1):
            for _ in range(12):
                await asyncio.sleep(0)
        working.cancel()

    asyncio.run(scenario())


def test_an_answer_in_time() -> None:
    """What is done in time is not disturbed afterwards."""

    async def scenario() -> None:
        async with AnswerWithin(0.05):
            await asyncio.sleep(0)
        await asyncio.sleep(0.1)

    asyncio.run(scenario())
