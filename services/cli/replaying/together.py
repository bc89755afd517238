"""Quotes and orders of several files, each order behind the quotes that were before it in time."""

import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import Final, NamedTuple

from market_spread.sending.sender import SenderError
from services.cli.files.data_file import DataFile
from services.cli.files.rows import Kind, RefusedRow, UnreadableFileError
from services.cli.files.times import NS
from services.cli.printing.display import status_line
from services.cli.replaying.sending import INTERRUPTED
from services.cli.replaying.stream import fresh_name
from services.cli.sending.channel import Channel, FeedChannel, Interrupted
from services.cli.sending.counted_rows import CountedRows
from services.cli.sending.phases import Phase
from services.cli.sending.side_by_side import interruption
from services.cli.sending.stream_channel import StreamChannel
from services.cli.sending.stream_writer import StreamError
from services.cli.sending.time_order import TimedRow, in_order
from services.market_data.service import STREAMS as QUOTE_STREAMS
from services.orders.service import STREAMS as ORDER_STREAMS
from shared.base.address import Address
from shared.market import keys
from shared.process.usage import Failed, WrongSetting
from shared.redis.link import RedisRefused
from shared.redis.retry import StopRequested
from shared.redis.url import open_link
from shared.telemetry import logs

logger = logging.getLogger(__name__)


_SHOW_EVERY_S: Final = 0.2
KINDS: Final[tuple[Kind, ...]] = ("quotes", "orders")


class Targets(NamedTuple):
    """Where both kinds go."""

    market_data: Address
    orders: Address
    quote_stream: str | None
    """The stream to which quotes go instead of the feed."""
    order_stream: str | None
    redis_url: str
    alerts: str
    """The stream of alerts, in whose slot the services' positions are."""


class Clock:
    """Holds rows back until it is their time.

    Args:
        pace: so many seconds of the files pass in one; 0: as fast as possible.
        stop: ends the waiting.
    """

    def __init__(self, pace: float, stop: Event) -> None:
        self._pace, self._stop = pace, stop
        self._first_ns: int | None = None
        self._started = 0.0

    def wait_s(self, time_ns: int) -> float:
        """How long it is until the time of a row; the first one's is now."""
        if not self._pace:
            return 0.0
        if self._first_ns is None:
            self._first_ns, self._started = time_ns, time.monotonic()
        due = self._started + (time_ns - self._first_ns) / NS / self._pace
        return due - time.monotonic()

    def wait(self, seconds: float) -> None:
        """Wait so long."""
        if self._stop.wait(seconds):
            raise Interrupted


def replay_together(files: Sequence[DataFile], targets: Targets, *, pace: float, source: str | None) -> None:
    """Send all; exit code 1 if nothing could be sent."""
    name = fresh_name() if source is None else source
    stop = interruption()
    counted = [CountedRows(file) for file in files]

    def refuse(file: int, row: RefusedRow) -> None:
        counted[file].tally.refuse(row)

    started = time.monotonic()
    channels: list[Channel] = []
    try:
        channels.extend(
            _open(kind, targets, name, refuse, stop.is_set, is_resumable=source is not None) for kind in KINDS
        )
        with status_line() as show:
            logs.configure("text", "info")  # only now: a line that moves keeps log lines above itself
            rows = _shown(in_order(counted), channels, show)
            send_together(rows, channels[0], channels[1], Clock(pace, stop))
        for channel in channels:
            channel.close()
    except (SenderError, StreamError) as error:
        raise Failed(str(error)) from error
    except RedisRefused as error:
        raise WrongSetting(f"Redis refuses this command: {error}") from error
    except UnreadableFileError as error:
        raise Failed(f"{error}; what was before has been sent") from error
    except (Interrupted, StopRequested):
        for channel in channels:
            channel.close()
        logger.warning("interrupted; the same files with --together --source %s go on from there", name)
        sys.exit(INTERRUPTED)
    _conclude(counted, channels, time.monotonic() - started)


def _shown(
    rows: Iterable[TimedRow], channels: Sequence[Channel], show: Callable[[str], None]
) -> Iterator[TimedRow]:
    """The rows, with a look now and then at how far they are."""
    next_look = 0.0
    for row in rows:
        if time.monotonic() > next_look:
            quotes, orders = channels
            at = datetime.fromtimestamp(row.time_ns // NS, UTC)
            show(f"{at:%Y-%m-%d %H:%M:%S}: {quotes.done:,} quotes and {orders.done:,} orders have gone out")
            next_look = time.monotonic() + _SHOW_EVERY_S
        yield row


def send_together(rows: Iterable[TimedRow], quotes: Channel, orders: Channel, clock: Clock) -> None:
    """Send rows phase by phase, each phase's quotes before its orders.

    Raises:
        Interrupted: it was time to stop.
    """
    phase = Phase()
    for row in rows:
        is_new = not (quotes.is_catching_up or orders.is_catching_up)
        wait_s = clock.wait_s(row.time_ns) if is_new else 0.0
        if wait_s > 0 or not phase.takes(row):
            send_phase(phase, quotes, orders)
            phase = Phase()
        if wait_s > 0:
            clock.wait(wait_s)
        phase.add(row)
    send_phase(phase, quotes, orders)
    quotes.settle()
    orders.settle()


def send_phase(phase: Phase, quotes: Channel, orders: Channel) -> None:
    """Send a phase: its quotes once all orders before have been judged, its orders once its quotes hold."""
    if phase.quotes:
        orders.settle()
        quotes.send(phase.quotes)
    if phase.orders:
        quotes.settle()
        orders.send(phase.orders)


def _open(
    kind: Kind,
    targets: Targets,
    source: str,
    refuse: Callable[[int, RefusedRow], None],
    is_over: Callable[[], bool],
    *,
    is_resumable: bool,
) -> Channel:
    stream = targets.quote_stream if kind == "quotes" else targets.order_stream
    if stream is None:
        address = targets.market_data if kind == "quotes" else targets.orders
        return FeedChannel(address, source, refuse, is_over)
    feed = QUOTE_STREAMS if kind == "quotes" else ORDER_STREAMS
    link = open_link(targets.redis_url, name="market-spread-replay")
    return StreamChannel(
        link,
        stream,
        source,
        kind,
        keys.position(targets.alerts, feed, stream),
        is_over,
        is_resumable=is_resumable,
    )


def _conclude(counted: Sequence[CountedRows], channels: Sequence[Channel], elapsed_s: float) -> None:
    refused = sum(each.tally.refused.total() for each in counted)
    for each in counted:
        for line in each.tally.left_out():
            logger.warning("%s", line)
        if each.tally.refused:
            logger.warning(
                "%s: %d were refused (%s)", each.tally.name, each.tally.refused.total(), each.tally.reasons()
            )
    quotes_done, orders_done = (channel.done for channel in channels)
    if not quotes_done + orders_done:
        raise Failed(f"nothing could be sent: all {refused:,} rows were refused")
    print(
        f"{quotes_done:,} quotes and {orders_done:,} orders have taken effect, in the order of their times, "
        f"in {elapsed_s:.2f} s" + (f"; {refused:,} were refused" if refused else "")
    )
