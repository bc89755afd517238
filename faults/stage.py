"""All the processes of a run: Redis, ingestor, two checkers, API."""

import asyncio
import http.client
import re
import socket
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final, Self, cast

from faults.clock import WallClock
from faults.market import ORDERS, QUOTES
from faults.oracle import Entry, Fields
from faults.process import Process, until
from faults.target import Redises, Target
from services.cli.local.embedded import free_port

INGESTOR: Final = "ingestor"
INGEST_STANDBY: Final = "ingest-standby"
"""Takes quotes from the stream alone, when the other one does not."""
CHECKER: Final = "checker"
STANDBY: Final = "standby"
API: Final = "api"
CHECKERS: Final = (CHECKER, STANDBY)
_START_S: Final = 20.0
_READY_WITHIN_S: Final = 30.0
_ANSWER_S: Final = 1.0
_LOOK_AGAIN_S: Final = 0.05
_PAGE: Final = 10_000
_ALERTS_KEPT: Final = 1_000_000_000
_GIVEN_UP: Final = re.compile(r"version (\d+) of the limits did not come back")


class Stage:
    """The processes and where they listen.

    Args:
        directory: for everybody's logs.
        source: where the services' code is.
        program: of Redis or Valkey.
        redises: the server or servers.
        clocks: the processes whose clock is one that steps.
    """

    def __init__(
        self,
        directory: Path,
        source: Path,
        program: str,
        redises: Redises,
        clocks: Mapping[str, WallClock],
    ) -> None:
        self._directory = directory
        self._source = source
        self._program = program
        self.redises = redises
        self.clocks = clocks
        self.api_port = free_port()
        self.quote_ports = {INGESTOR: free_port()}
        """Where quotes go to, by process."""
        self.order_ports = {name: free_port() for name in CHECKERS}
        """Where orders go to, by process."""
        self._metrics_ports = {name: free_port() for name in (INGESTOR, INGEST_STANDBY, *CHECKERS)}
        self.services: dict[str, Process] = {}

    async def __aenter__(self) -> Self:
        try:
            await self.redises.start(self._directory, self._program)
            ingests = ("--stream", QUOTES, *self._keep("quotes"))
            for name, port in self.quote_ports.items():
                await self._start(name, "services.market_data", f"127.0.0.1:{port}", *ingests)
            if (
                not self.redises.loses_data
            ):  # what Redis loses, the first of several ingestors vouches for alone
                await self._start(INGEST_STANDBY, "services.market_data", "none", *ingests)
            checks = ("--max-alerts", str(_ALERTS_KEPT), "--stream", ORDERS, *self._keep("orders"))
            for name, port in self.order_ports.items():
                where = f"127.0.0.1:{port}"
                await self._start(name, "services.orders", where, *checks, *self.redises.checker_words)
            await self._start(API, "services.web", f"127.0.0.1:{self.api_port}")
            for name, port in (self.quote_ports | self.order_ports | {API: self.api_port}).items():
                await until(partial(_listens, port), name, _START_S)
        except BaseException:
            await self.end()
            raise
        return self

    def _keep(self, messages: str) -> tuple[str, ...]:
        """What may be taken again after Redis has lost a position has to stay in its stream."""
        return (f"--keep-{messages}",) if self.redises.loses_data else ()

    async def _start(self, name: str, module: str, listen: str, *words: str) -> None:
        where = ["--listen", listen, "--redis", self.redises.url(name)]
        if name in self._metrics_ports:
            where += ["--metrics", f"127.0.0.1:{self._metrics_ports[name]}"]
        clock = self.clocks.get(name)
        if clock is not None:
            clock.start()
        run = (module,) if clock is None else clock.words(module)
        command = [sys.executable, "-m", *run, *where, *words]
        self.services[name] = Process(name, command, self._directory, self._source)
        await self.services[name].start()

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    async def end(self) -> list[str]:
        """End everything, Redis last; what is wrong with how it ended."""
        wrong = [text for name in reversed(self.services) if (text := await self.services[name].end())]
        wrong += [text for process in self.services.values() for text in process.exits]
        return wrong + await self.redises.end()

    async def ready(self, name: str) -> Target | None:
        """Wait until a fault may strike whom it names; None where it strikes no process."""
        process = self.services.get(name)
        if process is None:
            return await self.redises.ready(name)
        await until(lambda: process.is_running, f"{name} runs", _READY_WITHIN_S)
        return process

    async def all_ready(self) -> None:
        """Wait until all services run and say that they are ready: what Redis loses now, one of them has."""
        async with asyncio.timeout(_READY_WITHIN_S):
            while not await asyncio.to_thread(self._all_ready):
                await asyncio.sleep(_LOOK_AGAIN_S)

    def _all_ready(self) -> bool:
        is_running = all(process.is_running for process in self.services.values())
        ports = [port for name, port in self._metrics_ports.items() if name in self.services]
        return is_running and all(map(is_ready, ports))

    async def is_back(self, name: str) -> bool:
        """Whether a service, or else Redis, is ready again after it was killed."""
        if name not in self.services:
            return await asyncio.to_thread(self.redises.answers)
        is_back = partial(_listens, self.api_port)
        if name in self._metrics_ports:
            is_back = partial(is_ready, self._metrics_ports[name])
        return await asyncio.to_thread(is_back)

    def given_up_limits(self) -> list[int]:
        """The versions of the limits that checkers have waited for in vain, as their logs say."""
        texts = [Path(self._directory, f"{name}.log").read_text() for name in CHECKERS]
        return [int(found) for text in texts for found in _GIVEN_UP.findall(text)]

    async def alerts(self) -> list[Entry]:
        """The whole alert stream."""
        return await asyncio.to_thread(self._alerts)

    def _alerts(self) -> list[Entry]:
        alerts: list[Entry] = []
        first = "-"
        with self.redises.client() as client:
            while entries := cast("list[Entry]", client.xrange("alerts", first, count=_PAGE)):
                alerts += entries
                first = f"({entries[-1][0]}"
        return alerts

    async def positions(self) -> dict[str, int]:
        """How many frames or entries of each source have taken effect, by its name."""
        return await asyncio.to_thread(self._positions)

    def _positions(self) -> dict[str, int]:
        with self.redises.client() as client:
            keys = list(client.scan_iter("position:*", count=_PAGE))
            found = {key: client.hget(key, "position") for key in keys}
        return {key.rsplit(":", 1)[1]: int(text.split("-")[0]) for key, text in found.items() if text}

    async def hashes(self) -> dict[str, Fields]:
        """The hash of each symbol."""
        return await asyncio.to_thread(self._hashes)

    def _hashes(self) -> dict[str, Fields]:
        with self.redises.client() as client:
            names = cast("set[str]", client.smembers("symbols"))
            return {name: cast("Fields", client.hgetall(f"symbol:{name}")) for name in names}


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_ready(port: int) -> bool:
    """Whether a service says so.

    Args:
        port: of its metrics.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
