"""All the processes of a run: Redis with its append-only file synced always, ingestor, two checkers, API."""

import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import redis

from faults.oracle import Fields
from faults.process import Process, until

REDIS: Final = "redis"
INGESTOR: Final = "ingestor"
CHECKER: Final = "checker"
STANDBY: Final = "standby"
_PAGE: Final = 10_000
_ALERTS_KEPT: Final = 1_000_000_000


class Stage:
    """The processes and where they listen.

    Args:
        directory: for Redis' data and everybody's logs.
        source: where the services' code is.
        checker_source: where that of the checkers is.
    """

    def __init__(self, directory: Path, source: Path, checker_source: Path) -> None:
        self._directory = directory
        self.redis_port, ingest, check, standby = _free_ports(4)
        self._redis = redis.Redis(port=self.redis_port, decode_responses=True, socket_timeout=60)
        self.quote_ports = {INGESTOR: ingest}
        """Where quotes go to, by process."""
        self.order_ports = {CHECKER: check, STANDBY: standby}
        """Where orders go to, by process."""
        self.processes = {
            REDIS: Process(REDIS, self._redis_command(), directory, source),
            INGESTOR: Process(INGESTOR, self._service("market_data", ingest), directory, source),
            **{
                name: Process(name, self._checker(port), directory, checker_source)
                for name, port in self.order_ports.items()
            },
        }

    def _redis_command(self) -> list[str]:
        server = shutil.which("redis-server")
        assert server is not None
        return [
            server, "--port", str(self.redis_port), "--bind", "127.0.0.1", "--dir", str(self._directory),
            "--appendonly", "yes", "--appendfsync", "always", "--save", "",
        ]  # fmt: skip

    def _service(self, package: str, port: int) -> list[str]:
        return [
            sys.executable, "-m", f"services.{package}", "--listen", f"127.0.0.1:{port}",
            "--redis", f"redis://127.0.0.1:{self.redis_port}/0", "--metrics", "127.0.0.1:0",
        ]  # fmt: skip

    def _checker(self, port: int) -> list[str]:
        return [*self._service("orders", port), "--max-alerts", str(_ALERTS_KEPT)]

    async def __aenter__(self) -> Self:
        try:
            await self.processes[REDIS].start()
            await until(self._redis_answers, "Redis", 10)
            for name, process in self.processes.items():
                if name != REDIS:
                    await process.start()
            for name, port in (self.quote_ports | self.order_ports).items():
                await until(lambda port=port: _listens(port), name, 15)
        except BaseException:
            await self.end()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    async def end(self) -> list[str]:
        """End everything, Redis last; what is wrong with how it ended."""
        return [wrong for name in reversed(self.processes) if (wrong := await self.processes[name].end())]

    def exits(self) -> list[str]:
        """Processes that ended by themselves."""
        return [text for process in self.processes.values() for text in process.exits]

    def alerts(self) -> Iterator[Fields]:
        """The whole alert stream."""
        first = "-"
        while entries := self._redis.xrange("alerts", first, count=_PAGE):
            yield from (fields for _, fields in entries)
            first = f"({entries[-1][0]}"

    def hashes(self) -> dict[str, Fields]:
        """The hash of each symbol."""
        return {name: self._redis.hgetall(f"symbol:{name}") for name in self._redis.smembers("symbols")}

    def _redis_answers(self) -> bool:
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
