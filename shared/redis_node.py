"""A link to one Redis server.

redis-py connects (TLS, ACL, Unix sockets); what goes over the connection is written to its socket and read
by hiredis directly. Through redis-py each write cost 4 us more and each reply 2 us, and a batch of 100
orders has 90 replies.
"""

import socket
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

import hiredis
from redis import exceptions
from redis.connection import AbstractConnection

from shared.redis_link import Command, LinkClosed, RedisAway, Reply, is_weather

_SENT_AT_ONCE: Final = 1 << 16
"""Bytes that are collected before they are sent: about one portion of alerts."""
_READ_AT_ONCE: Final = 1 << 16


class NodeLink:
    """A link to one server.

    Args:
        find: makes a connection to the server; asked again for every new one.
    """

    def __init__(self, find: Callable[[], AbstractConnection]) -> None:
        self._find = find
        self._connection: AbstractConnection | None = None
        self._identity: tuple[bytes, bytes] | None = None
        self._sock: socket.socket
        self._reader: hiredis.Reader
        self._buffer = bytearray(_READ_AT_ONCE)

    def start(self, commands: Iterable[Command]) -> Callable[[], list[Reply]]:
        """See `shared.redis_link.Link.start`."""
        return partial(self._finish, self.send(commands))

    def roundtrip(self, commands: Iterable[Command]) -> list[Reply]:
        """See `shared.redis_link.Link.roundtrip`."""
        return self._finish(self.send(commands))

    def _finish(self, count: int) -> list[Reply]:
        replies = self.receive(count)
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
        try:
            for sent, each in enumerate(commands, start=1):  # noqa: B007 (the count is used after it)
                some.append(each.packed)
                size += len(each.packed)
                if size >= _SENT_AT_ONCE:
                    self._connected().sendall(b"".join(some))
                    some, size = [], 0
            if some:
                self._connected().sendall(b"".join(some))
        except (exceptions.RedisError, OSError) as error:
            raise self._away(error) from error
        return sent

    def receive(self, count: int) -> list[Reply]:
        """Read so many replies.

        Raises:
            RedisAway: no connection any more, or a time-out.
        """
        replies: list[Reply] = []
        if not count:
            return replies
        if self._connection is None:
            raise LinkClosed("the connection was closed before all replies were there")
        try:
            sock, next_reply = self._sock, self._reader.gets
            while len(replies) < count:
                while (reply := next_reply()) is False:
                    self._feed(sock)
                if isinstance(reply, exceptions.ConnectionError):
                    raise reply
                replies.append(reply)
        except (exceptions.RedisError, hiredis.HiredisError, OSError) as error:
            raise self._away(error) from error
        return replies

    def _feed(self, sock: socket.socket) -> None:
        count = sock.recv_into(self._buffer)
        if not count:
            raise ConnectionResetError("the server closed the connection")
        self._reader.feed(self._buffer, 0, count)  # type: ignore[arg-type]  # takes any buffer

    def close(self) -> None:
        """See `shared.redis_link.Link.close`."""
        if self._connection is not None:
            self._connection.disconnect()
            self._connection = None

    def _away(self, error: Exception) -> RedisAway:
        self.close()
        return RedisAway(str(error))

    def _connected(self) -> socket.socket:
        """The connection's socket; a new connection first ends its predecessor.

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
            self._sock = connection._sock  # type: ignore[assignment]  # noqa: SLF001
            self._reader = hiredis.Reader(replyError=connection._parser.parse_error)  # noqa: SLF001
        return self._sock


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
