"""Which limits hold for a symbol, and what an order would be told."""

import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from market_spread.order import SIDE_NAMES
from services.cli.limits.limits_file import read_limits_file
from services.cli.limits.parameters import Moment, Number, Symbol
from services.cli.limits.reaching import reaching
from services.cli.printing.limits_text import quote_line, rules_lines, tier_line, verdict_lines
from shared.base.iso_time import iso_utc
from shared.base.printable import printable
from shared.market.limits.judge import Judge
from shared.market.limits.met import JudgedOrder, MetQuote
from shared.market.limits.met_hash import NOTHING, MetHash
from shared.process.options import option, redis_option
from shared.published.asking import ask
from shared.published.impact import read_active
from shared.published.live_market import read_symbol
from shared.published.reading import read_state
from shared.redis.link import RedisLink


@dataclass(frozen=True)
class ExplainSettings:
    """What `explain` can be told."""

    symbol: str
    file: Path | None
    account: str
    side: str
    bid: float | None
    offer: float | None
    price: float | None
    quantity: float | None
    at: int | None
    redis_url: str

    @property
    def has_market(self) -> bool:
        """Whether it was told a market."""
        return self.bid is not None or self.offer is not None

    @property
    def order(self) -> JudgedOrder:
        """The order."""
        side = next(number for number, name in SIDE_NAMES.items() if name == self.side)
        return JudgedOrder(self.symbol, self.account, side, self.quantity, self.price)


@click.command(name="explain")
@click.argument("symbol", type=Symbol())
@option("--file", type=click.Path(path_type=Path), help="The limits; without: the active ones in Redis.")
@option("--account", default="", help="The order's account.")
@option("--side", type=click.Choice(list(SIDE_NAMES.values())), default="buy", help="The order's side.")
@option(
    "--bid",
    type=Number(),
    help="The market that the order meets; if --offer alone is given, that side is absent. Without both: the "
    "market as Redis has it, or none with --file.",
)
@option("--offer", type=Number(), help="The same.")
@option("--price", type=Number(), help="The order's price; without: it has none.")
@option("--quantity", type=Number(), help="The order's quantity; without: it has none.")
@option("--at", type=Moment(), help="When it is judged, such as 2026-11-25T14:30:00Z; without: now.")
@redis_option()
def explain(**options: Any) -> None:
    """Say which limits hold for SYMBOL; and, given a market, what an order would be told.

    A quote of --bid and --offer is taken to be of that moment, in a state that has lasted, and the symbol to
    be trading.
    """
    settings = ExplainSettings(**options)
    now_us = time.time_ns() // 1000 if settings.at is None else settings.at
    from_redis = settings.file is None
    with reaching(settings.redis_url) if from_redis else nullcontext() as link:
        judge = _active(link) if link is not None else Judge(_of_file(settings))
        met = ask(link, read_symbol(settings.symbol)) if link is not None else NOTHING
    if settings.has_market:
        met = met._replace(quote=MetQuote(settings.bid, settings.offer, updated_at_us=now_us, status=0))
    if judge is None:
        lines = _by_the_flags(settings, met)
    else:
        lines = _by_limits(judge, settings, met, now_us, has_market=from_redis or settings.has_market)
    for line in lines:
        click.echo(line)


def _of_file(settings: ExplainSettings) -> Any:
    assert settings.file is not None
    return read_limits_file(settings.file)


def _active(link: RedisLink) -> Judge | None:
    """The judge of the active version; None for version 0."""
    found = ask(link, read_active(ask(link, read_state())))
    return None if found is None else found.judge


def _by_the_flags(settings: ExplainSettings, met: MetHash) -> Iterator[str]:
    """What version 0 says: it goes by what the ingestor has written."""
    yield "limits: version 0, none were published: ingest --max-spread and --max-spread-ratio decide"
    if settings.has_market:
        yield "a market that is made up has no verdict here: give the limits with --file"
        return
    yield quote_line(met.quote)
    quote = met.flagged
    if quote is None or not quote.is_two_sided:
        yield "verdict: alert, reason no_quote"
    elif quote.is_risky:
        yield f"verdict: alert, reason {printable(quote.reason.decode(errors='replace'))}"
    else:
        yield "verdict: no alert"


def _by_limits(
    judge: Judge, settings: ExplainSettings, met: MetHash, now_us: int, *, has_market: bool
) -> Iterator[str]:
    rules = judge.rules(settings.symbol, judge.profile_of(settings.account), now_us)
    if judge.version.number:
        yield f"limits version {judge.version.number}"
    yield from rules_lines(judge.version.classes[judge.class_of(settings.symbol)], rules)
    if override := judge.override_of(settings.symbol, now_us):
        yield f"override until {iso_utc(override.until_us)}: {printable(override.why)}"
    if not has_market:
        return
    if not settings.has_market:
        yield quote_line(met.quote)
    yield tier_line(rules, None if met.quote is None else met.quote.bid)
    yield from verdict_lines(judge.judge(settings.order, met.quote, now_us))
