"""What services need of Redis: many commands in one write, their replies in one read.

The services' loops are synchronous and batch by themselves, so this is all they need of a client. How it
is done stands in `shared.redis_node` (one server) and `shared.redis_cluster` (many).
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, Protocol

import hiredis
from redis.exceptions import ResponseError

Reply = Any
"""What Redis answered: bytes, int, None, list, or a `ResponseError` as a value."""

Word = str | bytes | int | float
"""Numbers are sent as their shortest text, as `repr` has it."""

_WEATHER: Final = {
    "BUSY", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MISCONF", "NOAUTH", "NOPERM", "NOREPLICAS",
    "OOM", "READONLY", "TRYAGAIN", "WRONGPASS",
}  # fmt: skip
"""Error codes that say nothing about a command, but that Redis cannot take any now."""


class RedisAway(Exception):
    """Redis did not take the commands, or did not say so; they may or may not have taken effect."""


class LinkClosed(RedisAway):
    """The link was closed, by us, before all replies were read; nothing is known about Redis."""


class Holding(RedisAway):
    """Redis answers, but there is no going on with what it has."""


class RedisRefused(RedisAway):
    """Redis is there but does not let us in or lets us do less than we need.

    The text says what Redis said and what to do.
    """


class Command(NamedTuple):
    """A command ready to be sent."""

    key: str
    """The key that it is about; decides the node in a cluster."""
    packed: bytes


def command(key: str, *words: Word) -> Command:
    """Pack a command; `key` is one of its words, or empty if any server will do."""
    packed = hiredis.pack_command(words)  # type: ignore[arg-type]  # its stub knows tuples of one only
    return Command(key, packed)


class Link(Protocol):
    """A connection to Redis, or to all nodes of a cluster."""

    def start(self, commands: Iterable[Command]) -> Callable[[], list[Reply]]:
        """Send commands; what it returns reads their replies, and has to be called before anything else.

        Raises:
            RedisAway: see `roundtrip`; so does what it returns.
        """

    def roundtrip(self, commands: Iterable[Command]) -> list[Reply]:
        """Send commands at once and read all replies.

        Commands that are made while they are asked for are sent as they come, so that Redis works on the
        first ones while the last ones are still being made.

        Returns:
            one reply a command, in order; a refusal of one command is a `ResponseError` in its place.

        Raises:
            RedisAway: no connection, a time-out, or a server that takes no commands now.
        """

    def close(self) -> None:
        """Close all connections; the next round trip opens them again."""


def is_weather(error: ResponseError) -> bool:
    """Whether an error reply speaks of the server's state and not of the command."""
    code = error.status_code or str(error).split(" ", 1)[0]
    return code in _WEATHER
