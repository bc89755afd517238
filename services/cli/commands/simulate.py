"""`market-spread simulate`: a made market on both feeds, or in files."""

import logging
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from market_spread.sending.sender import SenderError
from services.cli.made_market.market import START_MS, Market
from services.cli.made_market.market_files import ORDERS_NAME, QUOTES_NAME, write_market
from services.cli.made_market.simulation import Simulation, now_ms
from services.cli.made_market.tickers import MOST_SYMBOLS
from services.cli.made_market.unruly_market import UnrulyMarket
from services.cli.printing.display import status_line
from services.cli.sending.side_by_side import interruption
from shared.base.address import Address
from shared.base.printable import printable
from shared.process.options import ADDRESS, NumberRange, option
from shared.telemetry import logs

logger = logging.getLogger(__name__)


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
@option("--market-data", type=ADDRESS, default="127.0.0.1:7011", help="Where the quotes go.")
@option("--orders", type=ADDRESS, default="127.0.0.1:7010", help="Where the orders go.")
@option("--plain", is_flag=True, help="Send without HELLO: what is on its way when a feed dies is lost.")
@option(
    "--write",
    "directory",
    type=_Folder(file_okay=False, path_type=Path),
    help=f"Write {QUOTES_NAME} and {ORDERS_NAME} there instead.",
)
def main(**options: Any) -> None:
    """Send the quotes and orders of a simulated market to both feeds.

    With --write and --for the market goes to two files, the same bytes for the same seed, to be replayed.
    """
    settings = SimulateSettings(**options)
    if settings.directory is None:
        _send(settings)
    else:
        _write(settings, settings.directory)


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


def _send(settings: SimulateSettings) -> None:
    simulation = Simulation(
        _market(settings, now_ms()),
        settings.market_data,
        settings.orders,
        quotes_per_second=settings.quotes_per_second,
        orders_per_second=settings.orders_per_second,
        plain=settings.plain,
    )
    quotes, orders = simulation.quotes, simulation.orders
    interrupted = interruption()
    with status_line() as show:
        logs.configure("text", "info")  # only now: the status line keeps log lines above itself
        logger.info("quotes to %s, orders to %s; Ctrl-C ends it", settings.market_data, settings.orders)
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
        logger.warning("%d frames were sent whose effect is not known", waiting)
    print(f"{quotes.done:,} quotes and {orders.done:,} orders have taken effect")
