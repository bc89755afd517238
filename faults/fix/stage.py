"""All the processes of a run: Redis, a checker, an engine, and the line between those two."""

import asyncio
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from faults.breaking_proxy import Line
from faults.fix.engine import Engine
from faults.fix.own_zone import NAME as ZONE
from faults.fix.own_zone import make_zone
from faults.one_redis import REDIS, OneRedis
from faults.process import Process, until
from faults.stage import is_ready
from services.cli.local.embedded import free_port

_NAMES: Final = ("checker", "another checker")
"""They take turns."""
_READY_S: Final = 30.0
_STUCK_S: Final = 20.0
_LOOK_AGAIN_S: Final = 0.05
_ANSWER_S: Final = 5.0
_ALL_ALERTS: Final = "1000000000"

_SESSION: Final = """[[session]]
name = "desk-a"
begin = "{begin}"
ours = "SPREAD"
theirs = "DESK"
carries = "requests"
heartbeat_s = 1
"""


class Stage:
    """An asynchronous context in which everything runs; QuickFIX is there.

    Args:
        directory: for logs, data and the engine's store.
        source: where Python finds the services.
        program: of Redis or Valkey.
        role: the engine's.
        begin: BeginString.
        module: the checker's program.
        seed: decides how lines to Redis break.
        day_ends_s: when both sides begin again at 1, seconds since the Unix epoch; None: not in this run.
    """

    def __init__(
        self,
        directory: Path,
        source: Path,
        program: str,
        role: str,
        begin: str,
        module: str,
        seed: str,
        *,
        day_ends_s: int | None = None,
    ) -> None:
        self._directory, self._source, self._program = directory, source, program
        self._role, self._begin, self._module = role, begin, module
        self.redis = OneRedis(_NAMES, seed)
        self.line = Line(seed)
        self._engine_port = free_port()
        self._ports: dict[str, int] = {}
        self._line_port = 0
        self._name = _NAMES[1]
        self._processes: dict[str, Process] = {}
        self.engine: Engine
        self._day_ends_s = day_ends_s
        self._variables: Mapping[str, str] = {}
        self._client: Any = None
        self._seen = 0

    async def __aenter__(self) -> Self:
        try:
            await self.redis.start(self._directory, self._program)
            at_once = Retry(NoBackoff(), 0)
            self._client = Redis.from_url(
                self.redis.url(""), decode_responses=True, socket_timeout=_ANSWER_S, retry=at_once
            )
            self._line_port = await self.line.open(self._leads_to)
            port = self._line_port if self._role == "initiator" else self._engine_port
            folder = self._directory / "store"
            self.engine = Engine(self._role, self._begin, port, folder, self._schedule())
            self._write_sessions()
            await self._start_next_checker()
            await self.engine.start()
        except BaseException:
            await self.end()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    async def end(self) -> list[str]:
        """End everything that still runs; what is wrong with how it ended."""
        wrong = [await self.engine.end()] if hasattr(self, "engine") else []
        for process in self._processes.values():
            wrong += [await process.end(), *process.exits]
        await self.line.close()
        return [text for text in wrong if text]

    @property
    def checker(self) -> Process:
        """The one to which the line leads."""
        return self._processes[self._name]

    @property
    def line_to_redis(self) -> Line:
        """Of that checker."""
        return self.redis.lines[self._name]

    async def take_over(self) -> Process:
        """Let another checker have the session while the one that has it stands still; the latter."""
        before = self.checker
        before.stop()
        await self._start_next_checker()
        self.line.cut()
        return before

    def alerts(self) -> int:
        """How many there are; while Redis is away, how many there were."""
        with suppress(RedisError):
            self._seen = int(self._client.xlen("alerts"))
        return self._seen

    def alerted(self) -> list[tuple[str, str]]:
        """The names of the orders that have alerted, in the order in which they did, and their sequences."""
        return [(each["order_id"], each["sequence"]) for _, each in self._client.xrange("alerts")]

    async def send_all(self, orders: int) -> None:
        """Let all orders be sent, and wait until all have taken effect or none does any more."""
        self.engine.allow(orders)
        seen, since = self.alerts(), time.monotonic()
        while seen < orders and time.monotonic() < since + _STUCK_S:
            await asyncio.sleep(_LOOK_AGAIN_S)
            if (now := self.alerts()) > seen:
                seen, since = now, time.monotonic()

    async def redis_process(self) -> Process:
        """Redis, when it runs."""
        target = await self.redis.ready(REDIS)
        assert isinstance(target, Process)
        await until(self.redis.answers, REDIS, _READY_S)
        return target

    def _schedule(self) -> str:
        """When the engine begins again; its day has to end before the next one begins, so a second before."""
        if self._day_ends_s is None:
            return "NonStopSession=Y"
        moments = (self._day_ends_s, self._day_ends_s - 1)
        begins, ends = (time.strftime("%H:%M:%S", time.gmtime(each)) for each in moments)
        return f"StartTime={begins}\nEndTime={ends}"

    def _leads_to(self) -> int:
        return self._ports[self._name] if self._role == "initiator" else self._engine_port

    def _write_sessions(self) -> None:
        text = _SESSION.format(begin=self._begin)
        text += 'appl = "FIX.5.0SP2"\n' * (self._begin == "FIXT.1.1")
        if self._day_ends_s is not None:
            self._variables = make_zone(self._directory / "zones", self._day_ends_s)
            text += f'reset = "12:00 {ZONE}"\n'
        if self._role == "initiator":
            text += 'role = "acceptor"\n'
        else:
            text += f'role = "initiator"\nconnect = "127.0.0.1:{self._line_port}"\n'
        (self._directory / "sessions.toml").write_text(text)

    async def _start_next_checker(self) -> None:
        """Start the checker whose turn it is, and let the line lead to it when it is ready."""
        name = _NAMES[self._name == _NAMES[0]]
        port, metrics = free_port(), free_port()
        command = [
            sys.executable, "-m", self._module, "--listen", "none", "--metrics", f"127.0.0.1:{metrics}",
            "--redis", self.redis.url(name), "--max-alerts", _ALL_ALERTS,
            "--fix", str(self._directory / "sessions.toml"), "--fix-listen", f"127.0.0.1:{port}",
        ]  # fmt: skip
        process = self._processes[name] = Process(
            name, command, self._directory, self._source, self._variables
        )
        await process.start()
        await until(partial(is_ready, metrics), f"{name} is ready", _READY_S)
        self._ports[name] = port
        self._name = name
