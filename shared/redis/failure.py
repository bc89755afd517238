"""Why Redis does not answer, in words for people: where it was looked for, and what happened there."""

import os
import re
import socket
import ssl
from collections.abc import Iterator
from typing import Any, Final

from redis import exceptions

_ERRNO: Final = re.compile(r"\[Errno (\d+)\]")


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
        return f"{place} does not speak TLS as it should"
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
