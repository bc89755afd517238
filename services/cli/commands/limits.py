"""`market-spread limits`: files of limits, checked and explained."""

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from market_spread.order import SIDE_NAMES
from services.cli.printing.limits_text import rules_lines, summary, tier_line, verdict_lines
from shared.base.iso_time import iso_utc, parse_time
from shared.base.printable import printable
from shared.market.limits.file.canonical import canonical, hash_of
from shared.market.limits.file.mistakes import WrongLimits
from shared.market.limits.file.read_file import LARGEST_FILE, read_limits
from shared.market.limits.file.warnings import warnings_of
from shared.market.limits.judge import Judge
from shared.market.limits.met import JudgedOrder, MetQuote
from shared.market.limits.values import LimitsVersion
from shared.market.symbol_name import is_symbol_name
from shared.process.options import option
from shared.process.usage import WrongSetting, say_error


class _Moment(click.ParamType[int]):
    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """See `click.ParamType.convert`."""
        try:
            return value if isinstance(value, int) else parse_time(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Number(click.ParamType[float]):
    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """See `click.ParamType.convert`."""
        try:
            number = float(str(value))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


class _Symbol(click.ParamType[str]):
    name = "symbol"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """See `click.ParamType.convert`."""
        symbol = str(value).strip()
        if not is_symbol_name(symbol):
            self.fail(f"{value!r} is no symbol: 1 to 64 printable ASCII characters.", param, ctx)
        return symbol


@dataclass(frozen=True)
class ExplainSettings:
    """What `explain` can be told."""

    symbol: str
    file: Path
    account: str
    side: str
    bid: float | None
    offer: float | None
    price: float | None
    quantity: float | None
    at: int | None


@click.group(name="limits", invoke_without_command=True)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Check and explain files of limits."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@main.command(name="check")
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Say what FILE has, and the hash of its canonical form; or all that is wrong with it."""
    version = _read(file)
    text = canonical(version)
    for line in summary(version):
        click.echo(line)
    click.echo(f"canonical form: {len(text)} bytes, sha256 {hash_of(text)}")
    for line in warnings_of(version, time.time_ns() // 1000):
        say_error(f"warning: {line}")


@main.command(name="explain")
@click.argument("symbol", type=_Symbol())
@option("--file", type=click.Path(path_type=Path), required=True, help="The limits.")
@option("--account", default="", help="The order's account.")
@option("--side", type=click.Choice(list(SIDE_NAMES.values())), default="buy", help="The order's side.")
@option("--bid", type=_Number(), help="The market that the order meets; without: that side is absent.")
@option("--offer", type=_Number(), help="The same.")
@option("--price", type=_Number(), help="The order's price; without: it has none.")
@option("--quantity", type=_Number(), help="The order's quantity; without: it has none.")
@option("--at", type=_Moment(), help="When it is judged, such as 2026-11-25T14:30:00Z; without: now.")
def explain(**options: Any) -> None:
    """Say which limits hold for SYMBOL; and, given a market, what an order would be told.

    The quote is taken to be of that moment, in a state that has lasted, and the symbol to be trading.
    """
    settings = ExplainSettings(**options)
    judge = Judge(_read(settings.file))
    now_us = time.time_ns() // 1000 if settings.at is None else settings.at
    rules = judge.rules(settings.symbol, judge.profile_of(settings.account), now_us)
    for line in rules_lines(judge.version.classes[judge.class_of(settings.symbol)], rules):
        click.echo(line)
    if override := judge.override_of(settings.symbol, now_us):
        click.echo(f"override until {iso_utc(override.until_us)}: {printable(override.why)}")
    if settings.bid is None and settings.offer is None:
        return
    side = next(number for number, name in SIDE_NAMES.items() if name == settings.side)
    order = JudgedOrder(settings.symbol, settings.account, side, settings.quantity, settings.price)
    quote = MetQuote(settings.bid, settings.offer, updated_at_us=now_us, status=0)
    click.echo(tier_line(rules, settings.bid))
    for line in verdict_lines(judge.judge(order, quote, now_us)):
        click.echo(line)


def _read(file: Path) -> LimitsVersion:
    """The limits of a file.

    Raises:
        WrongSetting: it cannot be read, or has mistakes, each of which was said.
    """
    try:
        with file.open("rb") as content:
            return read_limits(content.read(LARGEST_FILE + 1))
    except OSError as error:
        raise WrongSetting(f"cannot read {file}: {error.strerror or error}") from error
    except WrongLimits as error:
        for mistake in error.mistakes:
            say_error(f"{file}: {mistake}")
        count = len(error.mistakes)
        raise WrongSetting(f"{file} has {count} mistake{'s' * (count != 1)}; entries count from 1") from error
