"""One Redis with a replica that falls behind and takes its place, behind addresses that stay."""

import asyncio
import random
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import redis
from redis.asyncio import Redis

from faults.breaking_proxy import Line
from faults.loss import Loss, Meanwhile, read_state
from faults.node import Node
from faults.one_redis import REDIS
from faults.process import until
from faults.target import BREAK, KILL, STOP, TAKEOVER, Target
from services.cli.local.embedded import Server

_OPTIONS: Final = {
    "appendonly": "yes", "appendfsync": "always", "repl-diskless-sync-delay": "0",
}  # fmt: skip
_OTHERS: Final = "others"
_LAG_S: Final = (0.5, 5.0)
_READY_WITHIN_S: Final = 30.0
_PATIENCE_S: Final = 60.0
_TIMEOUT_S: Final = 1.0


class LaggingReplica:
    """See `faults.target.Redises`.

    A replica that lags is one that has been told some seconds before to follow nobody any more. The
    services come by lines, which lead to whoever is the primary.

    Args:
        checkers: who have a line of their own, which can break.
        seed: decides how, and how far the replica lags.
    """

    checker_words: Sequence[str] = ()
    may_go_back = True
    loses_data = True

    def __init__(self, checkers: Sequence[str], seed: str) -> None:
        self.deck: Sequence[tuple[str, str]] = [
            (REDIS, KILL),
            (REDIS, STOP),
            *((name, BREAK) for name in checkers),
            *[(REDIS, TAKEOVER)] * 6,
        ]
        self.lines: Mapping[str, Line] = {name: Line(f"{seed}/{name}") for name in (*checkers, _OTHERS)}
        self.takeovers = 0
        self._random = random.Random(seed)
        self._ports: dict[str, int] = {}
        self._servers: list[Server] = []
        """The primary, and its replica."""

    async def start(self, directory: Path, program: str) -> None:
        """See `faults.target.Redises`; logs are with the servers' data."""
        del directory
        self._servers = await asyncio.to_thread(lambda: [Server(program, _OPTIONS).start() for _ in range(2)])
        self._ports = {
            name: await line.open(lambda: self._servers[0].port) for name, line in self.lines.items()
        }
        await self._follow()

    async def _follow(self) -> None:
        """Make the second server the replica of the first, and wait until it is."""
        primary, replica = self._servers
        with _client(replica) as client:
            client.replicaof("127.0.0.1", primary.port)
        await until(self._is_followed, "the replica follows", _READY_WITHIN_S)

    def _is_followed(self) -> bool:
        try:
            with _client(self._servers[1]) as client:
                return bool(client.info("replication")["master_link_status"] == "up")
        except redis.RedisError:
            return False

    async def end(self) -> list[str]:
        """See `faults.target.Redises`."""
        for line in self.lines.values():
            await line.close()
        for server in self._servers:
            await asyncio.to_thread(server.close)
        return []

    def url(self, service: str) -> str:
        """See `faults.target.Redises`."""
        return f"redis://127.0.0.1:{self._ports.get(service, self._ports[_OTHERS])}/0"

    def client(self) -> redis.Redis:
        """See `faults.target.Redises`."""
        return redis.Redis(port=self._ports[_OTHERS], decode_responses=True, socket_timeout=_PATIENCE_S)

    def async_client(self) -> Redis:
        """See `faults.target.Redises`."""
        return Redis(
            port=self._ports[_OTHERS],
            decode_responses=True,
            socket_timeout=_TIMEOUT_S,
            single_connection_client=True,
        )

    def answers(self) -> bool:
        """See `faults.target.Redises`."""
        return self._servers[0].answers()

    async def ready(self, name: str) -> Target | None:
        """See `faults.target.Redises`."""
        if name != REDIS:
            return None
        await until(self._servers[0].answers, name, _READY_WITHIN_S)
        await until(self._is_followed, "the replica follows", _READY_WITHIN_S)
        return Node(self._servers[0], lambda: True)

    async def move(self) -> None:
        """There are no slots here."""
        raise NotImplementedError

    async def lose(self, name: str, kind: str, meanwhile: Meanwhile) -> Loss:
        """See `faults.target.Redises`."""
        del name, kind
        primary, replica = self._servers
        with _client(replica) as client:
            client.replicaof("NO", "ONE")
        await asyncio.sleep(self._random.uniform(*_LAG_S))
        loss = await asyncio.to_thread(self._kill_primary)
        meanwhile(loss)
        self._servers = [replica, primary]
        self.takeovers += 1
        shutil.rmtree(primary.folder / "appendonlydir")
        await asyncio.to_thread(primary.start)
        await self._follow()
        return loss

    def _kill_primary(self) -> Loss:
        primary, replica = self._servers
        with _client(primary) as client:
            before = read_state(client)
        primary.kill()
        with _client(replica) as client:
            return Loss(before, read_state(client))


def _client(server: Server) -> redis.Redis:
    return redis.Redis(port=server.port, decode_responses=True, socket_timeout=_PATIENCE_S)
