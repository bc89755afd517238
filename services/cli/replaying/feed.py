"""A file to a feed."""

import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from market_spread.framing import REASONS
from market_spread.sending.pace import Pace
from market_spread.sending.sender import Sender
from services.cli.files.data_file import DataFile
from services.cli.files.rows import Kind, UnreadableFileError
from services.cli.printing.display import progress_bar, status_line
from services.cli.replaying.sending import run_sender, say_where_it_stands
from services.cli.sending.counted_rows import CountedRows
from services.cli.sending.frame_file import FrameFile, NotFramesError
from services.cli.sending.frame_supply import FrameSupply
from services.cli.sending.refusals import refusals
from shared.base.address import Address
from shared.process.usage import Failed

logger = logging.getLogger(__name__)


def replay_frames(file: DataFile, to: Address, source: str | None, rate: int, repeat: int) -> None:
    """Send a file of frames as it is; one that is broken anywhere is refused before anything is sent."""
    with file.plain() as path:
        try:
            frames = FrameFile(path, repeat)
        except (OSError, NotFramesError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise click.UsageError(f"{file.path}: {reason}") from error
        sender = Sender(to, frames, source=source, pace=Pace(rate))
        started = time.monotonic()
        if not run_sender(sender, progress_bar(file.path.name, frames.end)):
            say_where_it_stands(sender, frames.end, source)
        _conclude_frames(frames, time.monotonic() - started, to, is_told=source is not None)


def replay_to_feed(
    file: DataFile, kind: Kind, to: Address, source: str | None, rate: int, repeat: int
) -> None:
    """Send the orders or quotes of another file as frames; rows that no frame can hold are refused."""
    counted = CountedRows(file, repeat)
    supply = FrameSupply(counted.frames)
    sender = Sender(to, supply, source=source, pace=Pace(rate))
    started = time.monotonic()
    try:
        is_done = run_sender(sender, _counting(file.path.name))
    except UnreadableFileError as error:
        raise Failed(f"{file.path}: {error}; what was before has been sent") from error
    if not is_done:
        say_where_it_stands(sender, supply.end, source)
    elapsed_s = time.monotonic() - started
    tally, sent = counted.tally, supply.end or 0
    for line in tally.left_out():
        logger.warning("%s", line)
    if not sent:
        logger.error(
            "%s: all %s rows were refused (%s)", file.path, f"{tally.refused.total():,}", tally.reasons()
        )
        sys.exit(1)
    refused = f"; {tally.refused.total():,} rows were refused ({tally.reasons()})" if tally.refused else ""
    print(
        f"{sent:,} {kind} in {elapsed_s:.2f} s ({sent / elapsed_s:,.0f} a second) have taken effect{refused}"
    )


@contextmanager
def _counting(title: str) -> Iterator[Callable[[int], None]]:
    """Show how many are done, where it is not known of how many."""
    with status_line() as show:
        yield lambda done: show(f"{title}: {done:,} have taken effect")


def _conclude_frames(frames: FrameFile, elapsed: float, to: Address, *, is_told: bool) -> None:
    """Say what became of everything that was sent; exit code 1 if the feed refused all of it.

    Args:
        frames: what was sent.
        elapsed: how long that took, seconds.
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
    pace = f"{frames.end:,} frames in {elapsed:.2f} s ({frames.end / elapsed:,.0f} a second)"
    print(f"{pace}: {what} have taken effect{doubt}")


def _words(reasons: Counter[str]) -> str:
    return ", ".join(f"{reason} {reasons[reason]:,}" for reason in REASONS if reasons[reason])
