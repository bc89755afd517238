"""Questions to Redis that are written once, for those who wait for the answer and for asyncio."""

from collections.abc import Generator, Sequence
from typing import Protocol, TypeVar

from redis.exceptions import ResponseError

from shared.redis.link import Command, RedisLink, Reply

Result = TypeVar("Result")
Question = Generator[Sequence[Command], list[Reply], Result]
"""Yields the commands of each round trip, is sent their replies, and returns the answer."""


class AsyncRoundtrips(Protocol):
    """What an `AsyncLink` has; services that have none do without the import of it."""

    async def roundtrip(self, commands: Sequence[Command]) -> list[Reply]:
        """See `shared.redis.aio.link.AsyncLink.roundtrip`."""


def ask(link: RedisLink, question: Question[Result]) -> Result:
    """The answer.

    Raises:
        RedisUnavailable: no answer.
    """
    try:
        commands = next(question)
        while True:
            commands = question.send(link.roundtrip(commands))
    except StopIteration as end:
        result: Result = end.value
        return result


async def ask_async(link: AsyncRoundtrips, question: Question[Result]) -> Result:
    """The answer; commands may be sent twice, as `AsyncLink` says.

    Raises:
        RedisUnavailable: no answer.
    """
    try:
        commands = next(question)
        while True:
            commands = question.send(await link.roundtrip(commands))
    except StopIteration as end:
        result: Result = end.value
        return result


def good(reply: Reply) -> Reply:
    """A reply that is no refusal.

    Raises:
        ResponseError: it is one.
    """
    if isinstance(reply, ResponseError):
        raise reply
    return reply
