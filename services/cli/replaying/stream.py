"""A file into a Redis stream."""

import logging
import secrets
import sys
import time
from typing import Final

from market_spread.sending.pace import Pace
from services.cli.files.data_file import DataFile
from services.cli.files.rows import Kind, UnreadableFileError
from services.cli.files.tally import Tally
from services.cli.printing.display import status_line
from services.cli.replaying.sending import INTERRUPTED
from services.cli.sending.counted_rows import CountedRows
from services.cli.sending.side_by_side import interruption
from services.cli.sending.stream_writer import StreamError, StreamWriter
from services.cli.sending.to_stream import write_rows
from shared.process.usage import Failed, WrongSetting
from shared.redis.link import RedisRefused
from shared.redis.retry import StopRequested
from shared.redis.url import open_link

logger = logging.getLogger(__name__)

_SHOW_EVERY_S: Final = 0.1


def replay_to_stream(
    file: DataFile, kind: Kind, stream: str, url: str, source: str | None, rate: int, repeat: int
) -> None:
    """Add the orders or quotes of a file to a stream, each once under the name of its source."""
    name = fresh_name() if source is None else source
    interrupted = interruption()
    writer = StreamWriter(open_link(url, name="market-spread-replay"), stream, name, interrupted.is_set)
    counted = CountedRows(file, repeat)
    started = time.monotonic()
    is_done = False
    with status_line() as show:
        shown = 0.0

        def goes_on() -> bool:
            nonlocal shown
            if time.monotonic() > shown:
                show(f"{file.path.name}: {writer.added:,} were added")
                shown = time.monotonic() + _SHOW_EVERY_S
            return not interrupted.is_set()

        try:
            is_done = write_rows(writer, counted.rows, Pace(rate), goes_on)
        except (StreamError, LookupError) as error:
            raise Failed(str(error)) from error
        except RedisRefused as error:
            raise WrongSetting(f"Redis refuses this command: {error}") from error
        except UnreadableFileError as error:
            raise Failed(f"{file.path}: {error}; what was before has been added") from error
        except StopRequested:
            pass
    if not is_done:
        logger.warning("interrupted when %d were added; --source %s goes on from there", writer.added, name)
        sys.exit(INTERRUPTED)
    if source is None:
        writer.forget()
    _conclude(counted.tally, file, kind, stream, writer, time.monotonic() - started)


def fresh_name() -> str:
    """A name under which nothing was sent before."""
    return f"replay-{secrets.token_hex(8)}"


def _conclude(
    tally: Tally, file: DataFile, kind: Kind, stream: str, writer: StreamWriter, elapsed_s: float
) -> None:
    for line in tally.left_out():
        logger.warning("%s", line)
    if not writer.added:
        logger.error(
            "%s: all %s rows were refused (%s)", file.path, f"{tally.refused.total():,}", tally.reasons()
        )
        sys.exit(1)
    refused = f"; {tally.refused.total():,} were refused ({tally.reasons()})" if tally.refused else ""
    added = writer.added - (writer.before or 0)
    earlier = f", {writer.before:,} of them from before" if writer.before else ""
    pace = f"{added:,} added in {elapsed_s:.2f} s, {added / elapsed_s:,.0f} a second"
    print(f"{writer.added:,} {kind} are in the stream {stream}{earlier} ({pace}){refused}")
