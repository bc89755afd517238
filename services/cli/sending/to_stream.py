"""A whole file into a Redis stream."""

import time
from collections.abc import Callable, Iterator

from market_spread.sending.pace import Pace
from services.cli.files.rows import Rows
from services.cli.sending.stream_writer import DataLost, StreamWriter


def rows_after(rows: Iterator[Rows], count: int) -> Iterator[Rows]:
    """The rows behind the first so many.

    Raises:
        LookupError: there are not so many.
    """
    left = count
    for some in rows:
        if left >= len(some):
            left -= len(some)
        elif left:
            yield some.part(left, len(some))
            left = 0
        else:
            yield some
    if left:
        raise LookupError(f"there are only {count - left} rows to send, and {count} were sent before")


def write_rows(
    writer: StreamWriter, make: Callable[[], Iterator[Rows]], pace: Pace, goes_on: Callable[[], bool]
) -> bool:
    """Add all rows to a stream, from the one on that its count names; False after an interruption.

    Args:
        writer: adds them.
        make: gives all rows anew, always the same ones.
        pace: when they may go.
        goes_on: asked now and then; when it says no, what was added is settled, and that is it.

    Raises:
        StreamError: Redis refuses them, or somebody else adds under this name.
        LookupError: more was added before than there is.
        StopRequested: Redis stayed away until it was time to stop.
    """
    while True:
        try:
            return _write(writer, rows_after(make(), writer.open()), pace, goes_on)
        except DataLost:  # the count in Redis says where to go on
            continue


def _write(writer: StreamWriter, rows: Iterator[Rows], pace: Pace, goes_on: Callable[[], bool]) -> bool:
    pace.restart()
    for some in rows:
        at = 0
        while at < len(some):
            if not goes_on():
                writer.flush()
                return False
            granted = pace.due()
            if not granted:
                writer.flush()
                time.sleep(min(pace.wait_s(), 0.1))
                continue
            writer.add(some.part(at, at + granted) if at or granted < len(some) else some)
            at += granted
    writer.flush()
    return True
