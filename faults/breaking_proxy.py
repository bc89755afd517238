"""The line between checkers and Redis, which can break at the worst moment: around a commit.

A commit that took effect but whose answer is lost looks to the checker exactly like one that never arrived.
Kills and stops hit that moment by chance and seldom; a break of the line always does.
"""

import asyncio
import random
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Final, NamedTuple

import hiredis

from faults.market import DAY

_COMMIT: Final = b"EVALSHA"
_ALERT: Final = DAY.encode()
"""A commit without an alert shows nothing when it is made twice."""
_COMMIT_BEGINS: Final = re.compile(rb"\*\d+\r\n\$7\r\nEVALSHA\r\n")


class HeldCommit(NamedTuple):
    """A commit of several chunks, of which the line keeps some back."""

    key: str
    """Of the position that it moves."""
    boundary: str
    """Where the source stands when the chunks that were passed on have taken effect."""


class Line:
    """Passes everything on to Redis and back, until it is told to break.

    Args:
        seed: decides whether a break loses the commit or its answer.
    """

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self._doors: list[asyncio.Server] = []
        self._ways: set[_Way] = set()
        self._breaking: asyncio.Future[None] | None = None
        self._holding: asyncio.Future[HeldCommit] | None = None
        self._held: _Way | None = None
        self.loses_answer = False

    async def open(self, redis_port: Callable[[], int]) -> int:
        """Lead to a server; the port to come to instead.

        Args:
            redis_port: where it listens at the moment when a connection is made.
        """
        loop = asyncio.get_running_loop()
        door = await loop.create_server(lambda: _Way(self, redis_port()), "127.0.0.1", 0)
        self._doors.append(door)
        port: int = door.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Break all connections and take no more."""
        for door in self._doors:
            door.close()
        self.cut()
        for door in self._doors:
            await door.wait_closed()

    def cut(self) -> None:
        """Break all connections."""
        for way in list(self._ways):
            way.abort()

    async def break_at_commit(self) -> None:
        """Wait for the next commit and break the line before or behind it."""
        self.loses_answer = self._random.random() < 0.7
        self._breaking = asyncio.get_running_loop().create_future()
        await self._breaking

    def breaks_at(self, data: bytes) -> bool:
        """Whether these bytes are what the line breaks at; it then does so once."""
        if self._breaking is None or _COMMIT not in data or _ALERT not in data:
            return False
        if not self._breaking.done():
            self._breaking.set_result(None)
        self._breaking = None
        return True

    async def hold_between_chunks(self) -> HeldCommit:
        """Wait for a commit of several chunks, pass on the first one, and keep back whatever comes after it.

        `break_held` has to follow, whatever comes of this.
        """
        self._holding = asyncio.get_running_loop().create_future()
        return await self._holding

    def holds_at(self, data: bytes, way: "_Way") -> int:
        """How many of these bytes may go on: all of them, unless it is to hold and they are a commit."""
        found = _find_boundary(data) if self._holding is not None else None
        if found is None or self._holding is None or self._holding.done():
            return len(data)
        end, commit = found
        self._held = way
        self._holding.set_result(commit)
        return end

    def break_held(self) -> None:
        """Break the connection that is held, if one is, so that what was kept back never arrives."""
        held, self._held, self._holding = self._held, None, None
        if held is not None:
            held.abort()

    def opened(self, way: "_Way") -> None:
        """A connection was made."""
        self._ways.add(way)

    def closed(self, way: "_Way") -> None:
        """A connection has ended."""
        self._ways.discard(way)


def _find_boundary(data: bytes) -> tuple[int, HeldCommit] | None:
    """Where the first chunk with alerts ends that another one of its commit follows; None without one."""
    starts = [found.start() for found in _COMMIT_BEGINS.finditer(data)]
    for start, following in pairwise(starts):
        chunk, next_chunk = _read_commit(data[start:following]), _read_commit(data[following:])
        if chunk is None or next_chunk is None or _ALERT not in data[start:following]:
            continue
        key, _, reached = chunk
        if next_chunk[:2] == (key, reached):
            return following, HeldCommit(key.decode(), reached.decode())
    return None


def _read_commit(data: bytes) -> tuple[bytes, bytes, bytes] | None:
    """The key of a position, where it must stand before, and where it stands after; None without an end."""
    reader = hiredis.Reader()
    reader.feed(data)
    words = reader.gets()
    if words is False:
        return None
    arguments = words[3 + int(words[2]) :]
    return words[3], arguments[1], arguments[2]


class _Way(asyncio.Protocol):
    """One connection of a checker, with the one to Redis that belongs to it."""

    def __init__(self, line: Line, redis_port: int) -> None:
        self._line = line
        self._redis_port = redis_port
        self._checker: asyncio.Transport | None = None
        self._redis: asyncio.Transport | None = None
        self._waiting = bytearray()
        self._loses_answers = False
        self._is_held = False
        self._is_closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._checker = transport
        self._line.opened(self)
        self._connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        try:
            self._redis, _ = await asyncio.get_running_loop().create_connection(
                lambda: _Back(self), "127.0.0.1", self._redis_port
            )
        except OSError:
            self.abort()
            return
        if self._is_closed:
            self._redis.abort()
        self._redis.write(bytes(self._waiting))

    def data_received(self, data: bytes) -> None:
        if self._is_held:
            return
        passing = self._line.holds_at(data, self)
        if passing < len(data):
            self._is_held, data = True, data[:passing]
        elif self._line.breaks_at(data):
            self._loses_answers = self._line.loses_answer
            if not self._loses_answers:
                self.abort()
                return
        if self._redis is None:
            self._waiting += data
        else:
            self._redis.write(data)

    def answered(self, data: bytes) -> None:
        """Redis has answered."""
        if self._loses_answers:
            self.abort()
        elif self._checker is not None:
            self._checker.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._is_closed = True
        self._line.closed(self)
        if self._redis is not None:
            self._redis.close()

    def abort(self) -> None:
        """Break both connections."""
        for transport in (self._checker, self._redis):
            if transport is not None:
                transport.abort()


class _Back(asyncio.Protocol):
    """The connection to Redis."""

    def __init__(self, way: _Way) -> None:
        self._way = way

    def data_received(self, data: bytes) -> None:
        self._way.answered(data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._way.abort()
