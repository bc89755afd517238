"""One Redis with its append-only file synced always, and a line of its own to it for each checker."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import redis
from redis.asyncio import Redis

from faults.breaking_proxy import Line
from faults.loss import Loss, Meanwhile
from faults.process import Process, until
from faults.target import BREAK, KILL, STOP, Target
from services.cli.local.embedded import free_port

REDIS: Final = "redis"
_START_S: Final = 10.0
_READY_WITHIN_S: Final = 30.0
_TIMEOUT_S: Final = 1.0
_PATIENCE_S: Final = 60.0


class OneRedis:
    """See `faults.target.Redises`.

    Args:
        checkers: whose lines can break.
        seed: decides how they do.
    """

    checker_words: Sequence[str] = ()
    server_words: Sequence[str] = ()
    """What the server is told besides."""
    may_go_back = False
    loses_data = False
    takeovers = 0

    def __init__(self, checkers: Sequence[str], seed: str) -> None:
        self.deck: Sequence[tuple[str, str]] = [
            (REDIS, KILL),
            (REDIS, STOP),
            *((name, BREAK) for name in checkers),
        ]
        self.lines: Mapping[str, Line] = {name: Line(f"{seed}/{name}") for name in checkers}
        self._port = free_port()
        self._ports: dict[str, int] = {}
        self._process: Process | None = None

    async def start(self, directory: Path, program: str) -> None:
        """See `faults.target.Redises`."""
        self._ports = {name: await line.open(lambda: self._port) for name, line in self.lines.items()}
        command = [
            program, "--port", str(self._port), "--bind", "127.0.0.1",
            "--dir", str(directory), "--appendonly", "yes", "--appendfsync", "always", "--save", "",
            *self.server_words,
        ]  # fmt: skip
        self._process = Process(REDIS, command, directory)
        await self._process.start()
        await until(self.answers, "Redis", _START_S)

    def answers(self) -> bool:
        """See `faults.target.Redises`."""
        try:
            return bool(self.client().ping())
        except redis.RedisError:
            return False

    async def end(self) -> list[str]:
        """See `faults.target.Redises`."""
        for line in self.lines.values():
            await line.close()
        if self._process is None:
            return []
        return [text for text in [await self._process.end(), *self._process.exits] if text]

    def url(self, service: str) -> str:
        """See `faults.target.Redises`."""
        return f"redis://127.0.0.1:{self._ports.get(service, self._port)}/0"

    def client(self) -> redis.Redis:
        """See `faults.target.Redises`."""
        return redis.Redis(port=self._port, decode_responses=True, socket_timeout=_PATIENCE_S)

    def async_client(self) -> Redis:
        """See `faults.target.Redises`."""
        return Redis(
            port=self._port, decode_responses=True, socket_timeout=_TIMEOUT_S, single_connection_client=True
        )

    async def ready(self, name: str) -> Target | None:
        """See `faults.target.Redises`."""
        process = self._process
        if name != REDIS or process is None:
            return None
        await until(lambda: process.is_running, name, _READY_WITHIN_S)
        return process

    async def move(self) -> None:
        """There are no slots here."""
        raise NotImplementedError

    async def lose(self, name: str, kind: str, meanwhile: Meanwhile) -> Loss:
        """Nothing is lost here."""
        raise NotImplementedError
