"""All the processes of a run: Redis with its append-only file synced always, ingestor, two checkers, API."""

import contextlib
import secrets
import socket
import sys
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Final, Self, cast

import redis

from faults.line import Line
from faults.oracle import Entry, Fields
from faults.process import Process, until
from faults.producer import STREAM

REDIS: Final = "redis"
INGESTOR: Final = "ingestor"
CHECKER: Final = "checker"
STANDBY: Final = "standby"
API: Final = "api"
_START_S: Final = 20.0
_PORTS: Final = range(10_000, 32_000)
_PAGE: Final = 10_000
_ALERTS_KEPT: Final = 1_000_000_000


class Stage:
    """The processes and where they listen.

    Args:
        directory: for Redis' data and everybody's logs.
        source: where the services' code is.
        server: the program of Redis or Valkey.
        seed: decides how lines break.
    """

    def __init__(self, directory: Path, source: Path, server: str, seed: int) -> None:
        self._directory = directory
        self._source = source
        self._server = server
        self._open = AsyncExitStack()
        self.redis_port, self.api_port, ingest, check, standby = _free_ports(5)
        self._redis = redis.Redis(port=self.redis_port, decode_responses=True, socket_timeout=60)
        self.quote_ports = {INGESTOR: ingest}
        """Where quotes go to, by process."""
        self.order_ports = {CHECKER: check, STANDBY: standby}
        """Where orders go to, by process."""
        self.lines = {name: Line(self.redis_port, f"{seed}/lines/{name}") for name in self.order_ports}
        """Between a checker and Redis, by process."""
        self.processes: dict[str, Process] = {}

    async def __aenter__(self) -> Self:
        try:
            for line in self.lines.values():
                await self._open.enter_async_context(line)
            await self._start(REDIS, self._redis_server())
            await until(self._redis_answers, "Redis", 10)
            for name, port in self.quote_ports.items():
                command = self._service("market_data", port, self.redis_port)
                await self._start(name, command)
            for name, port in self.order_ports.items():
                command = self._service("orders", port, self.lines[name].port)
                await self._start(
                    name,
                    [*command, "--max-alerts", str(_ALERTS_KEPT), "--stream", STREAM],
                )
            for name, port in (self.quote_ports | self.order_ports).items():
                await until(partial(_listens, port), name, _START_S)
            await self._start(API, self._api())
            await until(partial(_listens, self.api_port), API, _START_S)
        except BaseException:
            await self.end()
            raise
        return self

    async def _start(self, name: str, command: list[str]) -> None:
        self.processes[name] = Process(name, command, self._directory, self._source)
        await self.processes[name].start()

    def _redis_server(self) -> list[str]:
        return [
            self._server, "--port", str(self.redis_port), "--bind", "127.0.0.1",
            "--dir", str(self._directory), "--appendonly", "yes", "--appendfsync", "always", "--save", "",
        ]  # fmt: skip

    def _service(self, package: str, port: int, redis_port: int) -> list[str]:
        return [
            sys.executable, "-m", f"services.{package}", "--listen", f"127.0.0.1:{port}",
            "--redis", f"redis://127.0.0.1:{redis_port}/0", "--metrics", "127.0.0.1:0",
        ]  # fmt: skip

    def _api(self) -> list[str]:
        return [
            sys.executable, "-m", "services.web", "--listen", f"127.0.0.1:{self.api_port}",
            "--redis", f"redis://127.0.0.1:{self.redis_port}/0",
        ]  # fmt: skip

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    async def end(self) -> list[str]:
        """End everything, Redis last; what is wrong with how it ended."""
        wrong = [text for name in reversed(self.processes) if (text := await self.processes[name].end())]
        await self._open.aclose()
        return wrong

    def exits(self) -> list[str]:
        """Processes that ended by themselves."""
        return [text for process in self.processes.values() for text in process.exits]

    def alerts(self) -> list[Entry]:
        """The whole alert stream."""
        alerts: list[Entry] = []
        first = "-"
        while entries := cast(
            "list[tuple[str, dict[str, str]]]", self._redis.xrange("alerts", first, count=_PAGE)
        ):
            alerts += entries
            first = f"({entries[-1][0]}"
        return alerts

    def hashes(self) -> dict[str, Fields]:
        """The hash of each symbol."""
        names = cast("set[str]", self._redis.smembers("symbols"))
        return {name: cast("Fields", self._redis.hgetall(f"symbol:{name}")) for name in names}

    def _redis_answers(self) -> bool:
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False


def _free_ports(count: int) -> list[int]:
    """Ports that nobody uses, and that the system gives to no outgoing connection while a process is down."""
    ports: list[int] = []
    while len(ports) < count:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            ports.append(port)
    return ports


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
