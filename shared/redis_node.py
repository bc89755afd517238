"""A link to one Redis server, on redis-py's connections (TLS, ACL, Unix sockets).

It uses their lower level, which costs about half of a redis-py pipeline.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from redis import exceptions
from redis.connection import AbstractConnection

from shared.redis_link import Command, RedisAway, Reply, is_weather

_SENT_AT_ONCE: Final = 1 << 16
"""Bytes that are collected before they are sent: about one portion of alerts."""


class NodeLink:
    """A link to one server.

    Args:
        find: makes a connection to the server; asked again for every new one.
    """

    def __init__(self, find: Callable[[], AbstractConnection]) -> None:
        self._find = find
        self._connection: AbstractConnection | None = None
        self._identity: tuple[bytes, bytes] | None = None

    def roundtrip(self, commands: Iterable[Command]) -> list[Reply]:
        """See `shared.redis_link.Link.roundtrip`."""
        replies = self.receive(self.send(commands))
        for reply in replies:
            if isinstance(reply, exceptions.ResponseError) and is_weather(reply):
                self.close()  # what is behind the address may be another server by now
                raise RedisAway(str(reply))
        return replies

    def send(self, commands: Iterable[Command]) -> int:
        """Send commands; how many.

        Raises:
            RedisAway: no connection, or a time-out.
        """
        sent, some, size = 0, [], 0
        with self._away():
            for sent, each in enumerate(commands, start=1):  # noqa: B007 (the count is used after it)
                some.append(each.packed)
                size += len(each.packed)
                if size >= _SENT_AT_ONCE:
                    self._connected().send_packed_command([b"".join(some)])
                    some, size = [], 0
            if some:
                self._connected().send_packed_command([b"".join(some)])
        return sent

    def receive(self, count: int) -> list[Reply]:
        """Read so many replies.

        Raises:
            RedisAway: no connection any more, or a time-out.
        """
        if not count:
            return []
        with self._away():
            connection = self._connected()
            return [_read(connection) for _ in range(count)]

    def close(self) -> None:
        """See `shared.redis_link.Link.close`."""
        if self._connection is not None:
            self._connection.disconnect()
            self._connection = None

    @contextmanager
    def _away(self) -> Iterator[None]:
        try:
            yield
        except (exceptions.RedisError, OSError) as error:
            self.close()
            raise RedisAway(str(error)) from error

    def _connected(self) -> AbstractConnection:
        """The connection; a new one first ends its predecessor.

        A server that stood still for a while may not yet have read all that the predecessor sent, and
        would otherwise carry that out after what this one sends.
        """
        if self._connection is None:
            connection = self._connection = self._find()
            connection.connect()
            if self._identity is not None:
                number, address = self._identity
                connection.send_command("CLIENT", "KILL", "ID", number, "ADDR", address)
                _read(connection)
            connection.send_command("CLIENT", "INFO")
            self._identity = _identity(_read(connection))
        return self._connection


def _read(connection: AbstractConnection) -> Reply:
    try:
        return connection.read_response()
    except exceptions.ResponseError as error:
        return error


def _identity(info: Reply) -> tuple[bytes, bytes] | None:
    """The number and the address of a connection, as its server has them."""
    if not isinstance(info, bytes):
        return None
    fields = dict(pair.split(b"=", 1) for pair in info.split() if b"=" in pair)
    return fields[b"id"], fields[b"addr"]
