"""All of Market Spread on this machine: a server, both services, the API, and a simulated market."""

import shutil
import sys
import time
import urllib.request
from pathlib import Path
from typing import Final

from services.cli.local.child_process import ChildProcess
from services.cli.local.demo_limits import publish_demo_limits
from services.cli.local.demo_sessions import DemoSessions
from services.cli.local.embedded import Server, port_or_free
from services.cli.local.sweeper import Sweeper
from shared.market import keys
from shared.process.stop_budget import STOP_S

_HOST: Final = "127.0.0.1"
_USUAL_REDIS_PORT: Final = 6379


class PartDied(Exception):
    """A part ended by itself."""


class LocalSystem:
    """The parts, on the usual ports where these are free; they run from `start` on.

    Args:
        program: of the server, see `find_server`.
        by_fix: whether the market comes by FIX; the feeds of frames are open all the same.
    """

    def __init__(self, program: str, *, by_fix: bool = False) -> None:
        self._server = Server(program, port=port_or_free(_USUAL_REDIS_PORT))
        self._sweeper = Sweeper(self._server.folder)
        self._parts: list[ChildProcess] = []
        self._market_data, self._orders = _address(7011), _address(7010)
        self._api = _address(8000)
        self._ingest_metrics, self._check_metrics = _address(9101), _address(9102)
        self._sessions = DemoSessions(self._server.folder, _address(7013), _address(7012)) if by_fix else None

    @property
    def redis_url(self) -> str:
        """Of the server."""
        return self._server.url

    def start(self) -> None:
        """Start the server with limits, then all parts; they wait for each other by themselves.

        Raises:
            RedisUnavailable: the server does not take the limits.
            ServerError: the server does not start.
        """
        self._server.start()
        publish_demo_limits(self._server.url)
        redis = ("--redis", self._server.url)
        ingest: tuple[str, ...] = ("--listen", self._market_data, "--metrics", self._ingest_metrics)
        check: tuple[str, ...] = ("--listen", self._orders, "--metrics", self._check_metrics)
        market: tuple[str, ...] = ("--market-data", self._market_data, "--orders", self._orders)
        if self._sessions is not None:
            self._sessions.write()
            ingest += self._sessions.of_ingestor
            check += self._sessions.of_checker
            market = self._sessions.of_simulator
        for name, *words in (
            ("ingestor", "services.market_data", *ingest, *redis),
            ("checker", "services.orders", *check, *redis),
            ("api", "services.web", "--listen", self._api, *redis),
            ("simulator", "services.cli", "simulate", "--limits", "demo", *market),
        ):
            self._parts.append(ChildProcess(name, words, self._server.folder))

    def check_alive(self) -> None:
        """Nothing happens while all parts run.

        Raises:
            PartDied: one does not.
        """
        if not self._server.is_running:
            raise PartDied(f"the server ended by itself; the end of its log:\n{self._server.last_words()}")
        for part in self._parts:
            if part.exit_code is not None:
                raise PartDied(
                    f"the {part.name} ended by itself with exit code {part.exit_code}; the end of its log:\n"
                    f"{part.last_words()}"
                )

    def is_ready(self) -> bool:
        """Whether both services and the API say that they are."""
        return all(_says_ready(each) for each in (self._ingest_metrics, self._check_metrics, self._api))

    def guide(self) -> str:
        """Where to look."""
        redis = "" if self._server.port == _USUAL_REDIS_PORT else f" --redis {self._server.url}"
        by_fix, sessions = "", ""
        if self._sessions is not None:
            by_fix = " that comes by FIX, from a venue and a desk"
            sessions = (
                f"  FIX         {self._sessions.guide()}\n  sessions    {_script()} fix status{redis}\n"
            )
        return (
            f"Market Spread runs, with a simulated market{by_fix}:\n\n"
            f"  live page   http://{self._api}/\n"
            f"  HTTP API    http://{self._api}/docs\n"
            f"  alerts      {_script()} alerts --follow{redis}\n"
            f"  limits      {_script()} limits explain AAPL{redis}\n"
            f"  in Redis    redis-cli -p {self._server.port} XREVRANGE {keys.ALERTS} + - COUNT 3\n"
            f"  feeds       quotes {self._market_data}, orders {self._orders}\n"
            f"{sessions}"
            f"  metrics     http://{self._ingest_metrics}/metrics, http://{self._check_metrics}/metrics\n"
            f"  logs        {self._server.folder}/*.log\n\n"
            "Ctrl-C ends all of it.\n"
        )

    def end(self) -> None:
        """End the market, then the services, then the server; what is left after 5 s is killed."""
        deadline = time.monotonic() + STOP_S
        market = [part for part in self._parts if part.name == "simulator"]
        services = [part for part in self._parts if part.name != "simulator"]
        for together in (market, services):
            for part in together:
                part.ask_to_end()
            for part in together:
                part.end_by(deadline)
        self._server.close()
        self._sweeper.close()


def _address(usual_port: int) -> str:
    return f"{_HOST}:{port_or_free(usual_port)}"


def _says_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/health/ready", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:  # every error of urllib is one
        return False


def _script() -> str:
    """The console script as a shell here finds it."""
    beside_python = Path(sys.executable).with_name("market-spread")
    return "market-spread" if shutil.which("market-spread") else str(beside_python)
