"""`market-spread replay`: sends a file of orders or quotes to a feed or into a Redis stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import click

from market_spread.hello import hello
from services.cli.files.data_file import DataFile, Reading
from services.cli.files.rows import FIELDS, EmptyFileError, Kind, UnreadableFileError
from services.cli.replaying.dry_run import report
from services.cli.replaying.feed import replay_frames, replay_to_feed
from services.cli.replaying.stream import fresh_name, replay_to_stream
from services.cli.replaying.together import Targets, replay_together
from services.cli.sending.counted_rows import kinds_in
from shared.base.address import Address
from shared.market import keys
from shared.market.symbol_map import SymbolMap
from shared.process.options import ADDRESS, NumberRange, StreamName, alerts_option, option, redis_option
from shared.process.stream_options import symbol_map_option
from shared.process.usage import Failed
from shared.telemetry import logs
from shared.wire.fix.dialect import Dialect

_OUR_FIELDS = sorted({name for names in FIELDS.values() for name in names})


class _TargetStream(StreamName):
    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """See `click.ParamType.convert`."""
        text = super().convert(value, param, ctx)
        if not keys.has_slot_mates(text):
            self.fail(
                f"{text!r} has a '}}' and no tag: how much was added could not be kept in the stream's "
                "cluster slot.",
                param,
                ctx,
            )
        return text


@dataclass(frozen=True)
class ReplaySettings:
    """What a replay can be told."""

    files: tuple[Path, ...]
    to: Address | None
    to_stream: str | None
    what: Kind | None
    together: bool
    market_data: Address
    orders: Address
    quote_stream: str | None
    order_stream: str | None
    pace: float
    dry_run: bool
    source: str | None
    plain: bool
    rate: int
    repeat: int
    columns: tuple[str, ...]
    symbol_map: SymbolMap
    sender: str | None
    reports: bool
    fix_symbol: str
    alerts: str
    redis_url: str


@click.command(name="replay")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@option("--to", type=ADDRESS, help="The feed: market data or orders, as the file has it.")
@option(
    "--to-stream", type=_TargetStream(), help="The Redis stream: of orders or quotes, as the file has it."
)
@option("--what", type=click.Choice(["orders", "quotes"]), help="Which to send, of a file that has both.")
@option("--together", is_flag=True, help="Send several files in the order of their times, to both feeds.")
@option("--market-data", type=ADDRESS, default="127.0.0.1:7011", help="With --together: the quotes' feed.")
@option("--orders", type=ADDRESS, default="127.0.0.1:7010", help="With --together: the orders' feed.")
@option("--quote-stream", type=_TargetStream(), help="With --together: quotes into this stream instead.")
@option("--order-stream", type=_TargetStream(), help="With --together: orders into this stream instead.")
@option(
    "--pace",
    type=NumberRange(0),
    default=0,
    help="With --together: 1 is as it was, 60 a minute a second; 0: as fast as possible.",
)
@option(
    "--dry-run", is_flag=True, help="Say what is in the files, and what of it would be refused; send nothing."
)
@option("--source", help="Name to resume under, instead of a fresh one; the same goes on where it stood.")
@option("--plain", is_flag=True, help="Send without HELLO: a lost connection ends it, half done.")
@option("--rate", type=click.IntRange(0), default=0, help="Messages a second; 0: as fast as possible.")
@option("--repeat", type=click.IntRange(1), default=1, help="How many times to send the file.")
@option("--map", "columns", multiple=True, metavar="THEIRS=OURS", help="CSV: which column is which field.")
@symbol_map_option()
@option("--sender", help="FIX: only messages of this SenderCompID (49).")
@option("--reports", is_flag=True, help="FIX: orders from execution reports (35=8), not from requests.")
@option(
    "--fix-symbol", type=click.Choice(["55", "48", "55+65"]), default="55", help="FIX: where the symbol is."
)
@alerts_option()
@redis_option()
def main(**options: Any) -> None:
    """Send FILE, a file of orders or quotes, and end when all of it has taken effect.

    Files of frames, FIX message logs, and CSV with a header, each also gzipped, are told apart by what they
    hold. They go to a feed (--to) or into a Redis stream (--to-stream), whose entries hold what no frame has
    room for. With --source a replay that was broken off goes on where it stopped.
    """
    settings = ReplaySettings(**options)
    _check(settings)
    logs.configure("text", "info")
    try:
        files = _open(settings)
        if settings.dry_run:
            report(files, is_for_feed=settings.to is not None)
        elif settings.together:
            targets = Targets(
                settings.market_data, settings.orders, settings.quote_stream, settings.order_stream,
                settings.redis_url, settings.alerts,
            )  # fmt: skip
            replay_together(files, targets, pace=settings.pace, source=settings.source)
        else:
            _send(files[0], settings)
    except UnreadableFileError as error:
        raise Failed(str(error)) from error


def _check(settings: ReplaySettings) -> None:
    """Refuse what contradicts itself, or says too little."""
    to_one = settings.to is not None or settings.to_stream is not None
    wrong = {
        "--to and --to-stream: only one of them": settings.to is not None and settings.to_stream is not None,
        "--plain has no --source: only a sender with HELLO can resume": settings.plain
        and settings.source is not None,
        "--plain is for feeds (--to)": settings.plain and (settings.to is None or settings.together),
        "--together sends to two places: name them with --market-data and --orders, or --quote-stream and "
        "--order-stream, instead of --to or --to-stream": settings.together and to_one,
        "--pace needs --together, which goes by the times in the files": bool(settings.pace)
        and not settings.together,
        "--together has --pace instead of --rate": settings.together and bool(settings.rate),
        "--together sends each file once: without --repeat": settings.together and settings.repeat > 1,
        "several files need --together": len(settings.files) > 1
        and not (settings.together or settings.dry_run),
        "say where to: --to HOST:PORT for a feed, --to-stream NAME for a Redis stream, or --dry-run": not (
            to_one or settings.together or settings.dry_run
        ),
    }
    for text, applies in wrong.items():
        if applies:
            raise click.UsageError(text)
    try:
        hello(_name(settings))
    except ValueError as error:
        raise click.UsageError(f"--source: {error}") from error


def _name(settings: ReplaySettings) -> str:
    """The name to send under."""
    return fresh_name() if settings.source is None else settings.source


def _open(settings: ReplaySettings) -> list[DataFile]:
    dialect = Dialect(
        symbol=cast("Any", settings.fix_symbol), carries="reports" if settings.reports else "requests"
    )
    sender = None if settings.sender is None else settings.sender.encode()
    reading = Reading(_columns(settings.columns), sender, dialect, settings.symbol_map, settings.what)
    files = []
    for path in settings.files:
        try:
            files.append(DataFile(path, reading))
        except EmptyFileError as error:
            raise Failed(f"{path}: {error}") from error
        except UnreadableFileError as error:
            raise click.UsageError(f"{path}: {error}") from error
    return files


def _columns(pairs: Sequence[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        theirs, equals, ours = pair.rpartition("=")
        if not equals or not theirs or ours not in _OUR_FIELDS:
            raise click.UsageError(
                f"--map {pair}: it has to be THEIRS=OURS, OURS one of {', '.join(_OUR_FIELDS)}"
            )
        found[theirs] = ours
    return found


def _send(file: DataFile, settings: ReplaySettings) -> None:
    """One file to one place."""
    if settings.to is not None and file.type == "frames":
        source = None if settings.plain else _name(settings)
        replay_frames(file, settings.to, source, settings.rate, settings.repeat)
        return
    kind = _kind_of(file, settings.what)
    file = file.only(kind)
    if settings.to is not None:
        source = None if settings.plain else _name(settings)
        replay_to_feed(file, kind, settings.to, source, settings.rate, settings.repeat)
    else:
        assert settings.to_stream is not None
        replay_to_stream(
            file,
            kind,
            settings.to_stream,
            settings.redis_url,
            settings.source,
            settings.rate,
            settings.repeat,
        )


def _kind_of(file: DataFile, what: Kind | None) -> Kind:
    """What is to be sent of a file."""
    kinds = {what} if what is not None else kinds_in(file)
    if not kinds:
        reports = "; --reports takes orders from execution reports (35=8)" if file.type == "fix" else ""
        raise Failed(
            f"{file.path}: there are no orders and no quotes in it; --dry-run says what there is{reports}"
        )
    if len(kinds) > 1:
        raise click.UsageError(
            f"{file.path} has orders and quotes: say which to send with --what orders or --what quotes, "
            "or send both with --together"
        )
    return kinds.pop()
