"""Why Redis does not answer, in words for people: where it was looked for, and what happened there."""

import os
import re
import socket
import ssl
from collections.abc import Iterator
from typing import Any, Final

from redis import exceptions
from redis.exceptions import ResponseError

from shared.redis_link import RedisAway, RedisRefused

_REFUSALS: Final = (
    exceptions.AuthenticationError,
    exceptions.AuthorizationError,
    exceptions.NoPermissionError,
    ResponseError,
)
"""What a server answers to the first words of a connection if it lets nobody in that way."""

_ADVICE: Final = (
    (("WRONGPASS", "NOAUTH", "password", "Password", "Authentication"), "check the user and the password in"),
    (("DB index", "database", "SELECT"), "choose another database in"),
    (("DENIED", "protected mode"), "give Redis a password, and then name it in"),
)
_REFUSAL_CODES: Final = {"NOAUTH", "NOPERM", "WRONGPASS"}
_ERRNO: Final = re.compile(r"\[Errno (\d+)\]")


def is_refusal(error: ResponseError) -> bool:
    """Whether an error reply says that we may not, and not that Redis cannot now."""
    return (error.status_code or str(error).split(" ", 1)[0]) in _REFUSAL_CODES


def refused(error: Exception) -> RedisRefused:
    """What to raise where Redis is there but does not let us in, or not do what we need."""
    said = str(error).strip().rstrip(".")
    code = getattr(error, "status_code", None) or ""
    if code == "NOPERM" or "permission" in said.lower():
        return RedisRefused(
            f"{said}; give the Redis user this right (docs/security.md lists what each needs)"
        )
    for words, advice in _ADVICE:
        if any(word in said or word == code for word in words):
            return RedisRefused(f"{said}; {advice} --redis")
    return RedisRefused(f"{said}; see --redis")


def failed_to_connect(error: Exception, connection: Any) -> RedisAway:
    """What to raise where a new connection could not be made.

    Args:
        error: what redis-py raised.
        connection: its connection, which knows where it went.
    """
    if isinstance(error, _REFUSALS):
        return refused(error)
    return RedisAway(why_away(error, place_of(connection)))


def place_of(connection: Any) -> str:
    """Where a connection of redis-py goes: `HOST:PORT`, or the path of a socket."""
    path: str | None = getattr(connection, "path", None)
    return path or f"{getattr(connection, 'host', '?')}:{getattr(connection, 'port', '?')}"


def why_away(error: BaseException, place: str) -> str:  # noqa: PLR0911 - a table with a line for each kind
    """A short sentence of why there is no answer.

    Args:
        error: what was raised.
        place: where Redis was looked for.
    """
    cause = next((each for each in _chain(error) if isinstance(each, OSError)), None)
    if isinstance(error, TimeoutError | exceptions.TimeoutError):
        return "no answer in time"
    if isinstance(cause, socket.gaierror):
        return f"there is no host named {place.rpartition(':')[0]}"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate of {place} is not to be trusted: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"{place} does not speak TLS as it should: {cause.reason or 'the handshake failed'}"
    if isinstance(cause, ConnectionResetError | BrokenPipeError | ConnectionAbortedError):
        return f"{place} closed the connection"
    number = _errno_of(cause) if cause is not None else None
    if number is not None:
        return f"no connection to {place}: {os.strerror(number).lower()}"
    text = str(error).strip().rstrip(".")
    if "closed" in text.lower() or not text:
        return f"{place} closed the connection"
    return f"{place}: {text}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came from, down to the first."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _errno_of(error: OSError) -> int | None:
    """The error's number; asyncio puts those of several addresses into the text alone."""
    if error.errno:
        return error.errno
    found = _ERRNO.search(str(error))
    return None if found is None else int(found[1])
