"""`market-spread replay`: sends a file of frames to a feed."""

import logging
import secrets
import sys
import time
from collections import Counter
from pathlib import Path

import click

from market_spread.framing import REASONS
from market_spread.sending.pace import Pace
from market_spread.sending.sender import Sender, SenderError
from services.cli.printing.display import progress_bar
from services.cli.sending.frame_file import FrameFile, NotFramesError
from services.cli.sending.refusals import refusals
from services.cli.sending.side_by_side import interruption, run_together
from shared.base.address import Address
from shared.process.options import ADDRESS, option
from shared.process.usage import Failed
from shared.telemetry import logs

logger = logging.getLogger(__name__)

_INTERRUPTED = 130


@click.command(name="replay")
@click.argument("file", type=click.Path(path_type=Path))
@option("--to", type=ADDRESS, required=True, help="The feed: market data or orders, as the file has it.")
@option("--rate", type=click.IntRange(0), default=0, help="Frames a second; 0: as fast as possible.")
@option("--repeat", type=click.IntRange(1), default=1, help="How many times to send the file.")
@option("--plain", is_flag=True, help="Send without HELLO: a lost connection ends it, half done.")
@option("--source", help="Name to resume under, instead of a fresh one; the same goes on where it stood.")
def main(file: Path, to: Address, rate: int, repeat: int, *, plain: bool, source: str | None) -> None:
    """Send FILE, a file of frames, to a feed, and end when all of it has taken effect.

    A file that is broken anywhere is refused before anything is sent.
    """
    if plain and source is not None:
        raise click.UsageError("--plain has no --source: only a sender with HELLO can resume")
    frames = _read(file, repeat)
    if source is None and not plain:
        source = f"replay-{secrets.token_hex(8)}"
    try:
        sender = Sender(to, frames, source=source, pace=Pace(rate))
    except ValueError as error:
        raise click.UsageError(f"--source: {error}") from error
    started = time.monotonic()
    if not _send(sender, file.name, frames.end):
        _say_where_it_stands(sender, frames.end, source)
        sys.exit(_INTERRUPTED)
    _conclude(frames, time.monotonic() - started, to, is_told=source is not None)


def _conclude(frames: FrameFile, elapsed_s: float, to: Address, *, is_told: bool) -> None:
    """Say what became of everything that was sent; exit code 1 if the feed refused all of it.

    Args:
        frames: what was sent.
        elapsed_s: how long that took.
        to: the feed.
        is_told: whether the feed would have said that it is the wrong one.
    """
    feed, reasons = refusals(frames)
    count = reasons.total()
    if count == frames.end:
        logger.error("%s: all %s frames were refused (%s)", to, f"{count:,}", _words(reasons))
        sys.exit(1)
    what = f"{count:,} were refused ({_words(reasons)}), all others" if count else "all"
    doubt = "" if is_told else f", if {to} is the {feed} feed: without HELLO it does not say"
    pace = f"{frames.end:,} frames in {elapsed_s:.2f} s ({frames.end / elapsed_s:,.0f} a second)"
    print(f"{pace}: {what} have taken effect{doubt}")


def _words(reasons: Counter[str]) -> str:
    return ", ".join(f"{reason} {reasons[reason]:,}" for reason in REASONS if reasons[reason])


def _read(file: Path, repeat: int) -> FrameFile:
    try:
        frames = FrameFile(file, repeat)
    except (OSError, NotFramesError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise click.UsageError(f"{file}: {reason}") from error
    if not frames.end:
        raise Failed(f"{file}: there are no frames in it, the file is empty")
    return frames


def _send(sender: Sender, title: str, total: int) -> bool:
    """Send everything; whether that was possible without an interruption."""
    interrupted = interruption()

    with progress_bar(title, total) as show:
        logs.configure("text", "info")  # only now: a bar keeps log lines above itself

        def goes_on() -> bool:
            show(sender.done)
            return not interrupted.is_set()

        try:
            run_together([sender], goes_on)
        except SenderError as error:
            logger.error("%s", error)
            sys.exit(1)
        show(sender.done)
    return not interrupted.is_set()


def _say_where_it_stands(sender: Sender, total: int, source: str | None) -> None:
    if source is None:
        logger.warning("interrupted after %d of %d frames were sent", sender.sent, total)
    else:
        logger.warning(
            "interrupted when %d of %d frames had taken effect; --source %s goes on from there",
            sender.acknowledged, total, source,
        )  # fmt: skip
