"""What services need of Redis: many commands in one write, their replies in one read.

The services' loops are synchronous and batch by themselves, so this is all they need of a client. How it
is done stands in `shared.redis.node` (one server) and `shared.redis.cluster` (many).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, Protocol

import hiredis
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

Reply = Any
"""What Redis answered: bytes, int, None, list, or a `ResponseError` as a value."""


class NodeEpoch(NamedTuple):
    """The epoch of a server's data (see `shared.redis.epochs`), and which process answered."""

    key: str
    run_id: str
    """Of the process."""
    replication_id: str
    """Of the history of its data: another one when a replica becomes a primary."""
    value: Reply
    """Of the key: bytes, None, or a `ResponseError`."""


Word = str | bytes | int | float
"""Numbers are sent as their shortest text, as `repr` has it."""

_WEATHER: Final = {
    "BUSY", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MISCONF", "NOREPLICAS", "OOM", "READONLY", "TRYAGAIN",
}  # fmt: skip
"""Error codes that say nothing about a command, but that Redis cannot take any now."""

_REFUSALS: Final = {
    "DENIED": "the server is in protected mode: give it a password, or set protected-mode no",
    "NOAUTH": "name a user and a password in the URL (--redis)",
    "NOPERM": "give this user the rights that docs/security.md lists",
    "WRONGPASS": "check the user and the password in the URL (--redis)",
}
"""What to do about an error code by which Redis refuses us, and will go on to do so."""


class RedisUnavailable(Exception):
    """Redis did not take the commands, or did not say so; they may or may not have taken effect."""


class RedisRefused(RedisUnavailable):
    """Redis is there, but does not let us in, or lets us do less than we need.

    The text says what Redis said and what to do about it. Waiting alone does not help.
    """


class IdleConnectionClosed(RedisUnavailable):
    """The server closed a connection that had not been used for a while; nothing is wrong with the server."""


class LinkClosed(RedisUnavailable):
    """The link was closed, by us, before all replies were read; nothing is known about Redis."""


class CannotProceed(RedisUnavailable):
    """Redis answers, but there is no going on with what it has."""


class Command(NamedTuple):
    """A command ready to be sent."""

    key: str
    """The key that it is about; decides the node in a cluster."""
    packed: bytes


def command(key: str, *words: Word) -> Command:
    """Pack a command; `key` is one of its words, or empty if any server will do."""
    packed = hiredis.pack_command(words)  # type: ignore[arg-type]  # its stub knows tuples of one only
    return Command(key, packed)


class RedisLink(Protocol):
    """A connection to Redis, or to all nodes of a cluster."""

    def start(self, commands: Iterable[Command]) -> Callable[[], list[Reply]]:
        """Send commands; what it returns reads their replies, and has to be called before anything else.

        Raises:
            RedisUnavailable: see `roundtrip`; so does what it returns.
        """

    def roundtrip(self, commands: Iterable[Command]) -> list[Reply]:
        """Send commands at once and read all replies.

        Commands that are made while they are asked for are sent as they come, so that Redis works on the
        first ones while the last ones are still being made.

        Returns:
            one reply a command, in order; a refusal of one command is a `ResponseError` in its place.

        Raises:
            RedisUnavailable: no connection, a time-out, or a server that takes no commands now.
            RedisRefused: wrong credentials, or rights that are missing.
        """

    def roundtrip_with_epochs(self, commands: Sequence[Command]) -> tuple[list[Reply], list[NodeEpoch]]:
        """`roundtrip`, and then the epoch of each server that answered, read after all the others.

        Raises:
            RedisUnavailable: see `roundtrip`.
        """

    def epochs(self) -> list[NodeEpoch]:
        """The epochs of all servers: the one that there is, or all primaries that the cluster has now.

        Raises:
            RedisUnavailable: see `roundtrip`.
        """

    def close(self) -> None:
        """Close all connections; the next round trip opens them again."""


def raise_if_unusable(reply: Reply) -> None:
    """Let a reply pass, unless it is an error about the server or about our rights and not about its command.

    Raises:
        RedisRefused: Redis refuses us.
        RedisUnavailable: Redis cannot take commands now.
    """
    if not isinstance(reply, ResponseError):
        return
    refused = refusal(reply)
    if refused is not None:
        raise refused
    if _code(reply) in _WEATHER:
        raise RedisUnavailable(str(reply))


def refusal(error: Exception) -> RedisRefused | None:
    """What to raise if Redis refuses us by this error; None if the error says something else.

    redis-py takes the code off some errors, so that the class tells.
    """
    advice = _REFUSALS.get(_code(error))
    if isinstance(error, NoPermissionError):
        advice = _REFUSALS["NOPERM"]
    elif isinstance(error, AuthenticationError) or "without any password configured" in str(error):
        advice = advice or _REFUSALS["WRONGPASS"]
    elif "DB index" in str(error) or "SELECT is not allowed" in str(error):
        advice = "choose a database that the server has, at the end of the URL (--redis)"
    return None if advice is None else RedisRefused(f"{str(error).removesuffix('.')}; {advice}")


def _code(error: Exception) -> str:
    return getattr(error, "status_code", None) or str(error).split(" ", 1)[0].removeprefix("-")
