"""`market-spread alerts`: prints the alert stream."""

import asyncio
import logging
import select
import signal
import sys
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, Final

import click
from redis.exceptions import ResponseError

from market_spread import Gap, subscribe
from market_spread.stream_id import StreamId
from services.cli.printing.alert_printer import Printer, choose_printer
from services.cli.printing.alert_source import AlertSource
from shared.process.options import alerts_option, option, redis_option
from shared.process.usage import Failed, WrongSetting
from shared.redis.aio.url import open_async_link
from shared.redis.link import RedisRefused, RedisUnavailable
from shared.telemetry import logs

logger = logging.getLogger(__name__)

_DEFAULT_LIMIT: Final = 100
_LOOK_EVERY_S: Final = 0.5


class _IdType(click.ParamType[StreamId]):
    name = "id"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> StreamId:
        """See `click.ParamType.convert`."""
        try:
            return value if isinstance(value, StreamId) else StreamId.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@dataclass(frozen=True)
class AlertsSettings:
    """What the command can be told."""

    follow: bool
    as_json: bool
    after: StreamId | None
    limit: int | None
    alerts: str
    redis_url: str


@click.command(name="alerts")
@option("--follow", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@option("--json", "as_json", is_flag=True, help="A JSON object a line, as GET /alerts has them.")
@option("--from", "after", type=_IdType(), help="Begin after the alert with this ID; 0: with the oldest.")
@option(
    "--limit",
    type=click.IntRange(0),
    help="At most so many: the newest, or with --from the first ones.  [default: 100, with --from all]",
)
@alerts_option()
@redis_option()
def main(**options: Any) -> None:
    """Print alerts, the newest last.

    On a terminal as a table. Elsewhere a line an alert, separated by tabs: id, order_id, account, side,
    symbol, quantity, price, transact_time, bid, offer, quote_time, reason, checked_at; with --json as JSON.
    """
    settings = AlertsSettings(**options)
    if settings.follow and settings.after is not None and settings.limit is not None:
        raise click.UsageError("--limit with --from and --follow would leave alerts out")
    logs.configure("text", "info")
    try:
        asyncio.run(_run(settings, choose_printer(as_json=settings.as_json)))
    except RedisRefused as error:
        raise WrongSetting(f"Redis refuses this command: {error}") from error
    except RedisUnavailable as error:
        raise Failed(f"Redis is out of reach: {error}; see --redis") from error
    except ResponseError as error:
        raise Failed(f"Redis refuses to read {settings.alerts}: {error}") from error


async def _run(settings: AlertsSettings, printer: Printer) -> None:
    """Print until all is printed, Ctrl-C, or nobody reads any more."""
    printing = asyncio.create_task(_print(settings, printer))
    watching = asyncio.create_task(_cancel_when_nobody_reads(printing))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, printing.cancel)
    try:
        with suppress(asyncio.CancelledError):
            await printing
    finally:
        watching.cancel()


async def _print(settings: AlertsSettings, printer: Printer) -> None:
    link = open_async_link(settings.redis_url, name="market-spread-alerts")
    source = AlertSource(link, settings.alerts)
    position = settings.after
    try:
        end = await source.reach()
        if position is None:
            limit = _DEFAULT_LIMIT if settings.limit is None else settings.limit
            printer.print(await source.newest(limit, end))
            position = end
        elif not settings.follow:
            await _print_after(
                position, source, printer, sys.maxsize if settings.limit is None else settings.limit
            )
    finally:
        await link.close()
    if settings.follow:
        alerts = subscribe(settings.redis_url, after=str(position), stream=settings.alerts, on_gap=_say)
        async with aclosing(alerts):
            async for alert in alerts:
                printer.print([alert])


async def _print_after(position: StreamId, source: AlertSource, printer: Printer, limit: int) -> None:
    left = limit
    async for portion in source.after(position, _say):
        printer.print(portion[:left])
        left -= len(portion)
        if left <= 0:
            return


def _say(gap: Gap) -> None:
    logger.warning("gap: alerts after %s and up to %s may be missing, trimmed or lost", gap.after, gap.to)


async def _cancel_when_nobody_reads(printing: asyncio.Task[None]) -> None:
    """End what is printing when the other end of a pipe is closed, even if nothing is to be printed."""
    poller = select.poll()
    poller.register(sys.stdout.fileno(), 0)  # errors alone
    while not poller.poll(0):  # noqa: ASYNC110 (nothing tells but asking)
        await asyncio.sleep(_LOOK_EVERY_S)
    printing.cancel()
