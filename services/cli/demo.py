"""`market-spread demo`: everything on this machine, with a simulated market."""

import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

import click

from services.cli.embedded import Server, ServerError, find_server, port_or_free
from services.cli.parts import Part
from services.cli.together import interruption
from shared import keys
from shared.options import option
from shared.redis_link import Link, RedisAway, command
from shared.redis_url import open_link

_LOOK_EVERY_S: Final = 0.05
_START_TIMEOUT_S: Final = 30.0
_END_TIMEOUT_S: Final = 5.0
_HOST: Final = "127.0.0.1"


class PartDied(Exception):
    """A part ended by itself, or never got ready."""


class Demo:
    """The server and the parts, started with `start`.

    Args:
        server: a Redis-compatible server that runs.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._parts: list[Part] = []
        self._market_data = f"{_HOST}:{port_or_free(7011)}"
        self._orders = f"{_HOST}:{port_or_free(7010)}"
        self._api = f"{_HOST}:{port_or_free(8000)}"
        self._ingest_metrics = f"{_HOST}:{port_or_free(9101)}"
        self._check_metrics = f"{_HOST}:{port_or_free(9102)}"

    def start(self) -> None:
        """Start all parts; they wait for each other by themselves."""
        redis = ("--redis", self._server.url)
        market_data, orders = ("--market-data", self._market_data), ("--orders", self._orders)
        ingest = ("--listen", self._market_data, "--metrics", self._ingest_metrics, *redis)
        check = ("--listen", self._orders, "--metrics", self._check_metrics, *redis)
        for name, *words in (
            ("ingestor", "services.market_data", *ingest),
            ("checker", "services.orders", *check),
            ("api", "services.web", "--listen", self._api, *redis),
            ("simulator", "services.cli", "simulate", *market_data, *orders),
        ):
            self._parts.append(Part(name, words, self._server.folder))

    def check_alive(self) -> None:
        """Nothing happens while all parts run.

        Raises:
            PartDied: one does not.
        """
        if not self._server.is_running:
            raise PartDied(f"the server ended by itself:\n{self._server.last_words()}")
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
        redis = "" if self._server.port == 6379 else f" --redis {self._server.url}"  # the default
        return (
            "Market Spread runs, with a simulated market:\n\n"
            f"  live page   http://{self._api}/\n"
            f"  HTTP API    http://{self._api}/docs\n"
            f"  alerts      market-spread alerts --follow{redis}\n"
            f"  in Redis    redis-cli -p {self._server.port} XREVRANGE {keys.ALERTS} + - COUNT 3\n"
            f"  feeds       quotes {self._market_data}, orders {self._orders}\n"
            f"  metrics     http://{self._ingest_metrics}/metrics, http://{self._check_metrics}/metrics\n"
            f"  logs        {self._server.folder}/*.log\n\n"
            "Ctrl-C ends all of it.\n"
        )

    def end(self) -> None:
        """End the market, then the services and the API; what is left after 5 s is killed."""
        deadline = time.monotonic() + _END_TIMEOUT_S
        *services, simulator = self._parts
        for together in ([simulator], services):
            for part in together:
                part.ask_to_end()
            for part in together:
                part.end_by(deadline)


@click.command(name="demo")
@option(
    "--server",
    default="valkey",
    metavar="valkey|redis|PATH",
    help="The server to start: the one that comes along, redis-server on the path, or any program.",
)
def main(server: str) -> None:
    """Run everything on this machine: a server, both services, the API, a simulated market.

    Nothing outlives it, and nothing is kept.
    """
    began = time.monotonic()
    interrupted = interruption()
    try:
        program = find_server(server)
    except ServerError as error:
        raise click.UsageError(f"--server: {error}") from error
    try:
        with ExitStack() as stack:
            running = Server(program, port=port_or_free(6379))
            stack.callback(running.close)
            running.start()
            demo = Demo(running)
            stack.callback(demo.end)
            demo.start()
            _run(demo, running.url, began, interrupted.is_set)
    except (ServerError, PartDied) as error:
        click.echo(f"market-spread demo: {error}", err=True)
        sys.exit(1)


def _run(demo: Demo, redis_url: str, began: float, is_over: Callable[[], bool]) -> None:
    """Say where to look, say when the first alert is there, and go on until it is over."""
    is_guided = is_alerted = False
    link = open_link(redis_url, name="market-spread-demo")
    while not is_over():
        demo.check_alive()
        if not is_guided:
            is_guided = _say(demo.guide() if demo.is_ready() else "")
            if not is_guided and time.monotonic() > began + _START_TIMEOUT_S:
                raise PartDied(f"not everything was ready within {_START_TIMEOUT_S:.0f} s")
        elif not is_alerted:
            is_alerted = _say(_first_alert(link, began))
        time.sleep(_LOOK_EVERY_S)


def _say(text: str) -> bool:
    """Print a text, if there is one; whether there was."""
    if text:
        click.echo(text)
    return bool(text)


def _first_alert(link: Link, began: float) -> str:
    """A line about the first alert; empty while there is none."""
    try:
        (entries,) = link.roundtrip([command(keys.ALERTS, "XRANGE", keys.ALERTS, "-", "+", "COUNT", 1)])
    except RedisAway:  # the next look at the parts says more
        return ""
    if not entries:
        return ""
    words = [each.decode() for each in entries[0][1]]
    alert = dict(zip(words[::2], words[1::2], strict=True))
    return (
        f"first alert after {time.monotonic() - began:.1f} s: {alert['side']} {alert['quantity']} "
        f"{alert['symbol']} at {alert['price']}, reason {alert['reason']}"
    )


def _says_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/health/ready", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:  # every urllib error is one
        return False
