"""A service's connection to Redis: many commands in one write, their replies in one read.

The services' loops are synchronous and batch by themselves, so this is all they need of a client: it
costs about half of redis-py's pipeline, on whose connections (TLS, ACL, Unix sockets) it stands.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import urlsplit

import hiredis
from redis import exceptions
from redis.connection import (
    AbstractConnection,
    Connection,
    UnixDomainSocketConnection,
    parse_url,
)

Reply = Any
"""What Redis answered: bytes, int, None, list, or a `ResponseError` as a value."""

_WEATHER: Final = (
    "BUSY", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MISCONF", "NOAUTH", "NOPERM", "NOREPLICAS",
    "OOM", "READONLY", "TRYAGAIN", "WRONGPASS",
)  # fmt: skip
"""Error codes that say nothing about a command, but that Redis cannot take any now."""


class RedisAway(Exception):
    """Redis did not take the commands, or did not say so; they may or may not have taken effect."""


class Command(NamedTuple):
    """A command ready to be sent."""

    key: str
    """The key that it is about; decides the node in a cluster."""
    packed: bytes


Word = str | bytes | int


def command(key: str, *words: Word) -> Command:
    """Pack a command; `key` must be one of its words."""
    packed = hiredis.pack_command(words)  # type: ignore[arg-type]  # its stub knows tuples of one only
    return Command(key, packed)


class Link(Protocol):
    """What stores need of Redis."""

    def roundtrip(self, commands: Sequence[Command]) -> list[Reply]:
        """Send all commands at once and read all replies.

        Returns:
            one reply a command, in order; a refusal of one command is a `ResponseError` in its place.

        Raises:
            RedisAway: no connection, a time-out, or a server that takes no commands now.
        """
        ...

    def close(self) -> None:
        """Close all connections; the next round trip opens them again."""
        ...


def check_url(url: str) -> str:
    """The URL, if it is one that `open_link` takes.

    Raises:
        ValueError: it is not.
    """
    _connection(url, 1.0, "")
    return url


def open_link(url: str, *, timeout_s: float = 2.0, name: str = "market-spread") -> Link:
    """A link to the server of a URL; connects with the first round trip.

    Args:
        url: `redis://`, `rediss://` or `unix://`, as redis-py has them.
        timeout_s: for connecting, for each write and each reply.
        name: how the server lists the connection.

    Raises:
        ValueError: the URL is not one of these.
    """
    return StandaloneLink(_connection(url, timeout_s, name))


def _connection(url: str, timeout_s: float, name: str) -> AbstractConnection:
    if urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise ValueError(f"{url!r}: a Redis URL starts with redis://, rediss:// or unix://")
    options = {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "client_name": name,
        "protocol": 2,
        **parse_url(url),
    }
    kind = options.pop("connection_class", Connection)
    if kind is not UnixDomainSocketConnection:
        options |= {"socket_keepalive": True}
    connection: AbstractConnection = kind(**options)
    return connection


class StandaloneLink:
    """A link to one server."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection
        self._identity: tuple[bytes, bytes] | None = None

    def roundtrip(self, commands: Sequence[Command]) -> list[Reply]:
        """See `Link.roundtrip`."""
        if not commands:
            return []
        try:
            if not self._connection.is_connected:
                self._connect()
            self._connection.send_packed_command([b"".join([each.packed for each in commands])])
            replies = [self._read() for _ in commands]
        except (exceptions.ConnectionError, exceptions.TimeoutError, OSError) as error:
            self._connection.disconnect()
            raise RedisAway(str(error)) from error
        for reply in replies:
            if isinstance(reply, exceptions.ResponseError) and is_weather(reply):
                raise RedisAway(str(reply))
        return replies

    def close(self) -> None:
        """See `Link.close`."""
        self._connection.disconnect()

    def _read(self) -> Reply:
        try:
            return self._connection.read_response()
        except exceptions.ResponseError as error:
            return error

    def _connect(self) -> None:
        """Connect, and end our predecessor: the server may not yet have read all that it sent.

        A server that was stopped for a while would otherwise carry out commands of the connection that
        timed out after those of this one.
        """
        self._connection.connect()
        if self._identity is not None:
            number, address = self._identity
            self._connection.send_command("CLIENT", "KILL", "ID", number, "ADDR", address)
            self._read()
        self._connection.send_command("CLIENT", "INFO")
        info = self._read()
        self._identity = None
        if isinstance(info, bytes):
            fields = dict(pair.split(b"=", 1) for pair in info.split() if b"=" in pair)
            self._identity = fields[b"id"], fields[b"addr"]


def is_weather(error: exceptions.ResponseError) -> bool:
    """Whether an error reply speaks of the server's state and not of the command."""
    code = error.status_code or str(error).split(" ", 1)[0]
    return code in _WEATHER
