"""`market-spread demo`: everything on this machine, with a simulated market."""

import math
import signal
import sys
import time
from collections.abc import Callable
from typing import Final

import click

from services.cli.local.embedded import ServerError, find_server
from services.cli.local.local_system import LocalSystem, PartDied
from services.cli.sending.side_by_side import interruption
from shared.base.printable import printable
from shared.market import keys
from shared.process.options import BY_FIX, option
from shared.process.usage import say_error
from shared.redis.link import RedisLink, RedisUnavailable, command
from shared.redis.url import open_link

_LOOK_EVERY_S: Final = 0.05
_START_TIMEOUT_S: Final = 30.0


@click.command(name="demo")
@option(
    "--server",
    default="valkey",
    metavar="valkey|redis|PATH",
    help="The server to start: the one that comes along, redis-server on the path, or any program.",
)
@option("--fix", "by_fix", is_flag=True, envvar=BY_FIX, help="Let a venue and a desk send the market by FIX.")
def main(server: str, *, by_fix: bool) -> None:
    """Run everything on this machine: a server, both services, the API, a simulated market.

    Nothing outlives it, and nothing is kept.
    """
    began = time.monotonic()
    interrupted = interruption(signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
    try:
        program = find_server(server)
    except ServerError as error:
        raise click.UsageError(f"--server: {error}") from error
    system = LocalSystem(program, by_fix=by_fix)
    try:
        _run(system, began, interrupted.is_set)
    except (ServerError, PartDied, RedisUnavailable) as error:
        for line in f"market-spread demo: {error}".splitlines():
            say_error(line)
        sys.exit(1)
    finally:
        system.end()


def _run(system: LocalSystem, began: float, is_over: Callable[[], bool]) -> None:
    """Start everything, say where to look and when the first alert is there, and go on until it is over."""

    def came(condition: Callable[[], object], within_s: float = math.inf) -> bool:
        """Wait for a condition; False if all is over before."""
        while not is_over():
            system.check_alive()
            if condition():
                return True
            if time.monotonic() > began + within_s:
                raise PartDied(f"not everything was ready within {within_s:.0f} s")
            time.sleep(_LOOK_EVERY_S)
        return False

    system.start()
    if came(system.is_ready, _START_TIMEOUT_S):
        print(system.guide())
    link = open_link(system.redis_url, name="market-spread-demo")
    if came(lambda: _first_alert(link)):
        print(f"first alert after {time.monotonic() - began:.1f} s: {_first_alert(link)}")
    came(lambda: False)


def _first_alert(link: RedisLink) -> str:
    """The first alert in words; empty while there is none."""
    try:
        (entries,) = link.roundtrip([command(keys.ALERTS, "XRANGE", keys.ALERTS, "-", "+", "COUNT", 1)])
    except RedisUnavailable:  # the next look at the parts says more
        return ""
    if not entries:
        return ""
    words = [each.decode(errors="replace") for each in entries[0][1]]
    alert = dict(zip(words[::2], words[1::2], strict=True))
    return printable(
        f"{alert['side']} {alert['quantity']} {alert['symbol']} at {alert['price']}, reason {alert['reason']}"
    )
