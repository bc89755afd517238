"""`market-spread simulate`: a made market on both feeds, by FIX, or in files."""

import logging
import math
import secrets
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from market_spread.sending.sender import SenderError
from services.cli.counterparties.counterparty import Counterparty
from services.cli.counterparties.message_store import MessageStore, StoreError
from services.cli.counterparties.party import Desk, Venue
from services.cli.made_market.frame_flow import FrameFlow
from services.cli.made_market.live_market import LiveMarket, now_ms
from services.cli.made_market.market import START_MS, Market
from services.cli.made_market.market_files import ORDERS_NAME, QUOTES_NAME, write_market
from services.cli.made_market.simulation import Simulation
from services.cli.made_market.tickers import MOST_SYMBOLS
from services.cli.made_market.unruly_market import UnrulyMarket
from services.cli.printing.display import status_line
from services.cli.sending.side_by_side import interruption
from shared.base.address import Address
from shared.base.printable import printable
from shared.process.options import ADDRESS, BY_FIX, NumberRange, option
from shared.telemetry import logs

logger = logging.getLogger(__name__)

_PORTS: Final = {"market_data": 7011, "orders": 7010}
_FIX_PORTS: Final = {"market_data": 7013, "orders": 7012}
"""Where the services listen by default."""


@dataclass(frozen=True)
class SimulateSettings:
    """What a simulation can be told."""

    symbols: int
    quotes_per_second: int
    orders_per_second: int
    risky: float
    seed: int
    limits: str | None
    length_s: float | None
    market_data: Address
    orders: Address
    plain: bool
    fix: bool
    fix_store: Path
    directory: Path | None


class _Folder(click.Path):
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See `click.ParamType.convert`."""
        if value == "":
            self.fail("a folder needs a name.", param, ctx)
        return super().convert(value, param, ctx)


@click.command(name="simulate")
@option("--symbols", type=click.IntRange(1, MOST_SYMBOLS), default=350, help="How many symbols.")
@option("--quotes-per-second", type=click.IntRange(0), default=2000, help="0: as fast as possible.")
@option("--orders-per-second", type=click.IntRange(0), default=200, help="0: as fast as possible.")
@option("--risky", type=NumberRange(0, 1), default=0.04, help="Share of the symbols with a wide spread.")
@option("--seed", type=click.IntRange(0), default=1, help="Another seed, another market.")
@option(
    "--limits",
    type=click.Choice(["demo"]),
    help="With halts, crossed and one-sided quotes and fat fingers, for the limits that the demo publishes.",
)
@option("--for", "length_s", type=NumberRange(0, min_open=True), help="Seconds; without: until Ctrl-C.")
@option(
    "--market-data",
    type=ADDRESS,
    help="Where the quotes go; 127.0.0.1:7011 if not said, by FIX 127.0.0.1:7013.",
)
@option(
    "--orders",
    type=ADDRESS,
    help="Where the orders go; 127.0.0.1:7010 if not said, by FIX 127.0.0.1:7012.",
)
@option("--plain", is_flag=True, help="Send without HELLO: what is on its way when a feed dies is lost.")
@option(
    "--fix",
    is_flag=True,
    envvar=BY_FIX,
    help="Send by FIX.4.4, logging on as a desk (DESK to SPREAD) and as a venue (VENUE to SPREAD).",
)
@option(
    "--fix-store",
    type=_Folder(file_okay=False, path_type=Path),
    default="fix-store",
    help="Where the desk keeps its messages, so that the next run goes on.",
)
@option(
    "--write",
    "directory",
    type=_Folder(file_okay=False, path_type=Path),
    help=f"Write {QUOTES_NAME} and {ORDERS_NAME} there instead.",
)
def main(**options: Any) -> None:
    """Send the quotes and orders of a simulated market to both feeds, or with --fix as a venue and a desk.

    With --write and --for the market goes to two files, the same bytes for the same seed, to be replayed.
    """
    for name, port in _FIX_PORTS.items() if options["fix"] else _PORTS.items():
        options[name] = options[name] or Address("127.0.0.1", port)
    settings = SimulateSettings(**options)
    _check_fix(settings)
    if settings.directory is None:
        _send(settings)
    else:
        _write(settings, settings.directory)


def _check_fix(settings: SimulateSettings) -> None:
    """See that what is about frames, or about FIX, goes with it."""
    source = click.get_current_context().get_parameter_source("fix_store")
    if source is ParameterSource.COMMANDLINE and not settings.fix:
        raise click.UsageError("--fix-store is where a desk keeps its FIX messages; add --fix")
    if settings.fix and settings.plain:
        raise click.UsageError("--plain is about frames, and --fix sends none")
    if settings.fix and settings.directory is not None:
        raise click.UsageError("--write is about frames, and --fix sends none")


def _write(settings: SimulateSettings, directory: Path) -> None:
    if settings.length_s is None:
        raise click.UsageError("--write needs --for: how many seconds of the market to write")
    if not (settings.quotes_per_second and settings.orders_per_second):
        raise click.UsageError("--write needs rates of 1 or more: there is no fast or slow in a file")
    try:
        written = write_market(
            directory,
            _market(settings),
            quotes_per_second=settings.quotes_per_second,
            orders_per_second=settings.orders_per_second,
            seconds=settings.length_s,
        )
    except OSError as error:
        raise click.UsageError(f"--write: {error.filename}: {error.strerror}") from error
    folder = printable(str(directory))
    print(
        f"{written.quotes:,} quotes in {folder}/{QUOTES_NAME}, "
        f"{written.orders:,} orders in {folder}/{ORDERS_NAME}"
    )


def _market(settings: SimulateSettings, start_ms: int = START_MS) -> Market:
    kind = Market if settings.limits is None else UnrulyMarket
    return kind(settings.seed, settings.symbols, settings.risky, start_ms)


@contextmanager
def _simulation(settings: SimulateSettings) -> Iterator[Simulation]:
    """The market, by frames or by FIX.

    Raises:
        UsageError: what the desk has sent cannot be kept.
    """
    market = LiveMarket(_market(settings, now_ms()))
    if not settings.fix:
        source = None if settings.plain else f"simulate-{secrets.token_hex(8)}"
        yield Simulation(
            FrameFlow(settings.market_data, market.quotes, settings.quotes_per_second, source),
            FrameFlow(settings.orders, market.orders, settings.orders_per_second, source),
        )
        return
    try:
        store = MessageStore(settings.fix_store)
    except StoreError as error:
        raise click.UsageError(f"--fix-store: {error}") from error
    except OSError as error:
        raise click.UsageError(f"--fix-store: {error.filename}: {error.strerror}") from error
    with closing(store):
        venue = Venue(settings.market_data, market.quotes)
        desk = Desk(settings.orders, market.orders, store, settings.seed)
        yield Simulation(
            Counterparty(venue, settings.quotes_per_second), Counterparty(desk, settings.orders_per_second)
        )


def _send(settings: SimulateSettings) -> None:
    interrupted = interruption()
    with _simulation(settings) as simulation, status_line() as show:
        quotes, orders = simulation.quotes, simulation.orders
        logs.configure("text", "info")  # only now: the status line keeps log lines above itself
        way = " by FIX" if settings.fix else ""
        logger.info(
            "quotes to %s, orders to %s%s; Ctrl-C ends it", settings.market_data, settings.orders, way
        )
        try:
            simulation.run(
                settings.length_s or math.inf,
                interrupted,
                lambda: show(f"{quotes.done:,} quotes and {orders.done:,} orders have taken effect"),
            )
        except SenderError as error:
            logger.error("%s", error)
            sys.exit(1)
    waiting = quotes.sent - quotes.done + orders.sent - orders.done
    if waiting:
        logger.warning(
            "%d %s were sent whose effect is not known", waiting, "messages" if settings.fix else "frames"
        )
    print(f"{quotes.done:,} quotes and {orders.done:,} orders have taken effect")
