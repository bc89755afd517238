"""A link to one Redis server.

redis-py connects (TLS, ACL, Unix sockets); what goes over the connection is written to its socket and read
by hiredis directly. Through redis-py each write cost 4 us more and each reply 2 us, and a batch of 100
orders has 90 replies.
"""

import select
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

import hiredis
from redis import exceptions
from redis.connection import AbstractConnection
from redis.exceptions import RedisError

from shared.market import keys
from shared.redis.link import (
    Command,
    IdleConnectionClosed,
    LinkClosed,
    NodeEpoch,
    RedisUnavailable,
    Reply,
    command,
    raise_if_unusable,
    refusal,
)
from shared.redis.server_facts import INFO, ServerFacts

_SENT_AT_ONCE: Final = 1 << 16
"""Bytes that are collected before they are sent: about one portion of alerts."""
_READ_AT_ONCE: Final = 1 << 16
_IDLE_S: Final = 0.1
"""A connection that was not used for so long may have been closed by the server or on the way."""
_GET_EPOCH: Final = command(keys.EPOCH, "GET", keys.EPOCH)


def ignore(_: ServerFacts) -> None:
    """Take no interest in the server behind a new connection."""


class NodeLink:
    """A link to one server.

    Args:
        find: makes a connection to the server; asked again for every new one.
        on_connect: told what the server says of itself, after each new connection.
    """

    def __init__(
        self, find: Callable[[], AbstractConnection], on_connect: Callable[[ServerFacts], None] = ignore
    ) -> None:
        self._find = find
        self._on_connect = on_connect
        self._connection: AbstractConnection | None = None
        self._identity: tuple[bytes, bytes] | None = None
        self._sock: socket.socket
        self._reader: hiredis.Reader
        self._buffer = bytearray(_READ_AT_ONCE)
        self._facts: ServerFacts
        self._epochs: list[NodeEpoch] | None = None
        self._used_at = 0.0
        self._was_idle = False
        self._has_errors = False
        """Whether there is an error among the replies that were read last."""

    def start(self, commands: Iterable[Command]) -> Callable[[], list[Reply]]:
        """See `shared.redis.link.RedisLink.start`."""
        return partial(self._finish, self.send(commands))

    def roundtrip(self, commands: Iterable[Command]) -> list[Reply]:
        """See `shared.redis.link.RedisLink.roundtrip`."""
        return self._finish(self.send(commands))

    def roundtrip_with_epochs(self, commands: Sequence[Command]) -> tuple[list[Reply], list[NodeEpoch]]:
        """See `shared.redis.link.RedisLink.roundtrip_with_epochs`."""
        replies = self.roundtrip([*commands, _GET_EPOCH])
        value = replies.pop()
        if self._epochs is None or self._epochs[0].value != value:  # it is the same one nearly always
            self._epochs = [self.epoch(keys.EPOCH, value)]
        return replies, self._epochs

    def epochs(self) -> list[NodeEpoch]:
        """See `shared.redis.link.RedisLink.epochs`."""
        return self.roundtrip_with_epochs([])[1]

    def epoch(self, key: str, value: Reply) -> NodeEpoch:
        """What this server has just answered about its epoch."""
        return NodeEpoch(key, self._facts.run_id, self._facts.replication_id, value)

    def _finish(self, count: int) -> list[Reply]:
        replies = self.receive(count)
        if not self._has_errors:
            return replies
        try:
            for reply in replies:
                if isinstance(reply, exceptions.ResponseError):
                    raise_if_unusable(reply)
        except RedisUnavailable:
            self.close()  # what is behind the address may be another server by now
            raise
        return replies

    def send(self, commands: Iterable[Command]) -> int:
        """Send commands; how many.

        Raises:
            RedisUnavailable: no connection, or a time-out.
        """
        sent, some, size = 0, [], 0
        sock: socket.socket | None = None
        try:
            for sent, each in enumerate(commands, start=1):  # noqa: B007 (the count is used after it)
                some.append(each.packed)
                size += len(each.packed)
                if size >= _SENT_AT_ONCE:
                    sock = sock or self._connected()  # once: from now on there may be replies to read
                    sock.sendall(b"".join(some))
                    some, size = [], 0
            if some:
                sock = sock or self._connected()
                sock.sendall(b"".join(some))
        except (RedisError, OSError) as error:
            raise self._away(error, was_idle=self._was_idle) from error
        except RedisUnavailable:
            self.close()
            raise
        return sent

    def receive(self, count: int) -> list[Reply]:
        """Read so many replies.

        Raises:
            RedisUnavailable: no connection any more, or a time-out.
        """
        replies: list[Reply] = []
        if not count:
            return replies
        if self._connection is None:
            raise LinkClosed("the connection was closed before all replies were there")
        was_idle, self._was_idle = self._was_idle, False
        self._has_errors = False
        try:
            sock, next_reply = self._sock, self._reader.gets
            while len(replies) < count:
                while (reply := next_reply()) is False:
                    self._feed(sock)
                if isinstance(reply, RedisError):
                    if isinstance(reply, exceptions.ConnectionError):
                        raise reply
                    self._has_errors = True
                replies.append(reply)
        except (RedisError, hiredis.HiredisError, OSError) as error:
            raise self._away(error, was_idle=was_idle and not replies) from error
        self._used_at = time.monotonic()
        return replies

    def _feed(self, sock: socket.socket) -> None:
        count = sock.recv_into(self._buffer)
        if not count:
            raise ConnectionResetError("the server closed the connection")
        self._reader.feed(self._buffer, 0, count)  # type: ignore[arg-type]  # takes any buffer

    def close(self) -> None:
        """See `shared.redis.link.RedisLink.close`."""
        if self._connection is not None:
            self._connection.disconnect()
            self._connection = None

    def _away(self, error: Exception, *, was_idle: bool) -> RedisUnavailable:
        self.close()
        if was_idle and isinstance(error, ConnectionError):
            return IdleConnectionClosed(str(error))
        return refusal(error) or RedisUnavailable(str(error))

    def _connected(self) -> socket.socket:
        """The socket of a connection that is still good, or of a new one."""
        if self._connection is not None:
            if time.monotonic() <= self._used_at + _IDLE_S:
                return self._sock
            self._was_idle = True
            if _can_read(self._sock):  # nothing was asked: what can be read is the end
                self._connection.disconnect()
                self._connection = None
        if self._connection is None:
            self._connect()
        return self._sock

    def _connect(self) -> None:
        """Connect; a new connection first ends its predecessor.

        A server that stood still for a while may not yet have read all that the predecessor sent, and
        would otherwise carry that out after what this one sends.
        """
        connection = self._connection = self._find()
        connection.connect()
        if self._identity is not None:
            number, address = self._identity
            connection.send_command("CLIENT", "KILL", "ID", number, "ADDR", address)
            _read(connection)
        connection.send_command("CLIENT", "INFO")
        self._identity = _identity(_read(connection))
        connection.send_command(*INFO)
        self._facts, self._epochs = _facts(_read(connection)), None
        self._sock = connection._sock  # type: ignore[assignment]  # noqa: SLF001
        self._reader = hiredis.Reader(replyError=connection._parser.parse_error)  # noqa: SLF001
        self._used_at, self._was_idle = time.monotonic(), False
        self._on_connect(self._facts)


def _can_read(sock: socket.socket) -> bool:
    """Whether there is something to read now, the end of the connection included."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _facts(info: Reply) -> ServerFacts:
    """What a server says of itself.

    Raises:
        RedisUnavailable: it does not say it now.
        RedisRefused: it does not say it to us.
    """
    raise_if_unusable(info)
    try:
        return ServerFacts.parse(info)
    except (ValueError, AttributeError) as error:
        raise RedisUnavailable(f"INFO was answered by {info!r:.80}") from error


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
