"""`market-spread alerts`: prints the alert stream."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from redis.exceptions import ResponseError

from market_spread import Gap
from services.cli.archive.archive import Archive, ArchiveFailed, ArchiveRefused
from services.cli.archive.day_file import Form
from services.cli.printing.alert_printer import Format, choose_printer
from services.cli.printing.alert_source import AlertSource
from services.cli.printing.interruptible import until_told
from services.cli.printing.places import ENTRY_ID, TIME
from services.cli.printing.span import Note, Print, Span, print_span
from services.cli.redis_failures import redis_failures
from shared.process.options import alerts_option, option, redis_option
from shared.process.usage import Failed, WrongSetting
from shared.redis.aio.url import open_async_link
from shared.telemetry import logs

logger = logging.getLogger(__name__)


@click.command(name="alerts")
@option("--follow", is_flag=True, help="Go on with what comes, until Ctrl-C or --until.")
@option(
    "--format",
    "form",
    type=click.Choice(["text", "csv", "ndjson"]),
    help="ndjson: a JSON object a line, as GET /alerts has them; csv: with a header.  [default: text]",
)
@option("--json", "as_json", is_flag=True, help="The same as --format ndjson.")
@option("--from", "after", type=ENTRY_ID, help="Begin after the alert with this ID; 0: with the oldest.")
@option(
    "--since",
    type=TIME,
    help="Begin with this time: ISO 8601, UTC unless it has a zone, or microseconds since 1970.",
)
@option("--until", type=TIME, help="End before this time, likewise.")
@option(
    "--limit",
    type=click.IntRange(0),
    help="At most so many: the newest, or with --from or --since the first ones.  "
    "[default: 100, with --from or --since all]",
)
@option(
    "--to-dir",
    type=click.Path(file_okay=False),
    help="With --follow: into a file a day in this folder, going on where it stopped; ndjson or csv.",
)
@alerts_option()
@redis_option()
def main(**options: Any) -> None:
    """Print alerts, the newest last. Times are those in their IDs.

    On a terminal as a table. Elsewhere a line an alert, separated by tabs: id, order_id, account, side,
    symbol, quantity, price, transact_time, bid, offer, quote_time, reason, checked_at, quote_at, source,
    sequence; see --format.
    """
    stream, redis_url = options.pop("alerts"), options.pop("redis_url")
    form, folder = _form(options.pop("form"), as_json=options.pop("as_json")), options.pop("to_dir")
    span = Span(**options)
    if span.limit is not None and (folder or (span.follow and (span.after or span.since) is not None)):
        raise click.UsageError(
            "--limit with --to-dir, or with --follow and --from or --since, leaves alerts out"
        )
    logs.configure("text", "info")
    with _failures(stream):
        if folder is None:
            printer = choose_printer(form or "text")
            asyncio.run(until_told(_print(redis_url, stream, span, printer.print, _say), is_piped=True))
        else:
            _archive(redis_url, stream, span, Path(folder), _form_of_files(form, span))


def _archive(redis_url: str, stream: str, span: Span, folder: Path, form: Form) -> None:
    with Archive(folder, form) as archive:

        def note(gap: Gap) -> None:
            _say(gap)
            archive.note(gap)

        span = span.going_on(archive.last)
        logger.info(
            "the archive %s %s", folder, f"goes on after {archive.last}" if archive.last else "begins"
        )
        asyncio.run(until_told(_print(redis_url, stream, span, archive.add, note), is_piped=False))


def _form_of_files(form: Format | None, span: Span) -> Form:
    if not span.follow:
        raise click.UsageError("--to-dir needs --follow: an archive goes on with what comes")
    if form == "text":
        raise click.UsageError("--to-dir takes --format ndjson or csv")
    return form or "ndjson"


@contextmanager
def _failures(stream: str) -> Iterator[None]:
    """What stands in the way, in words for the user."""
    try:
        with redis_failures():
            yield
    except ResponseError as error:
        raise Failed(f"Redis refuses to read {stream}: {error}") from error
    except ArchiveRefused as error:
        raise WrongSetting(str(error)) from error
    except ArchiveFailed as error:
        raise Failed(str(error)) from error


def _form(form: Format | None, *, as_json: bool) -> Format | None:
    if as_json and form not in {None, "ndjson"}:
        raise click.UsageError(f"--json is --format ndjson, and --format is {form}")
    return "ndjson" if as_json else form


async def _print(redis_url: str, stream: str, span: Span, show: Print, note: Note) -> None:
    link = open_async_link(redis_url, name="market-spread-alerts")
    try:
        await print_span(AlertSource(link, stream), span, show, note)
    finally:
        await link.close()


def _say(gap: Gap) -> None:
    logger.warning("gap: alerts after %s and up to %s may be missing, trimmed or lost", gap.after, gap.to)
