"""A Redis stream, and the service that reads it, as a place to which one of two kinds goes."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

from services.cli.files.rows import MOST_ROWS, Kind
from services.cli.sending.channel import Interrupted, alike, as_rows
from services.cli.sending.stream_writer import DataLost, StreamError, StreamWriter
from services.cli.sending.time_order import TimedRow
from shared.commit.stream_position import START, StreamFacts, id_of, parse_position
from shared.redis.link import RedisLink, RedisRefused, command
from shared.redis.retry import RedisRetry, StopRequested

logger = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 0.001
_SAID_AFTER_S: Final = 5.0


class StreamChannel:
    """A stream, whose entries have taken effect when the service that reads it has moved on past them.

    Args:
        link: to Redis.
        stream: its name.
        source: the name to resume under.
        is_resumable: whether anybody will; if not, its count is removed at the end.
        kind: of the rows.
        position: key of the service's position in the stream.
        is_over: whether to stop.

    Raises:
        StreamError: the stream cannot be used.
        StopRequested: it was time to stop before Redis was there.
    """

    def __init__(
        self,
        link: RedisLink,
        stream: str,
        source: str,
        kind: Kind,
        position: str,
        is_over: Callable[[], bool],
        *,
        is_resumable: bool,
    ) -> None:
        self._link, self._stream, self._kind, self._position, self._is_over = (
            link,
            stream,
            kind,
            position,
            is_over,
        )
        self._is_resumable = is_resumable
        self._retry = RedisRetry(is_over, lambda: None, [link])
        self._retry.gives_up_on = RedisRefused
        self._writer = StreamWriter(link, stream, source, is_over)
        self._left = self._writer.open()

    @property
    def done(self) -> int:
        """See `Channel`."""
        return self._writer.added

    @property
    def is_catching_up(self) -> bool:
        """See `Channel`."""
        return self._left > 0

    def send(self, rows: Sequence[TimedRow]) -> None:
        """See `Channel`."""
        skipped = min(self._left, len(rows))
        self._left -= skipped
        try:
            for some in alike(rows[skipped:]):
                for first in range(0, len(some), MOST_ROWS):
                    self._writer.add(as_rows(some[first : first + MOST_ROWS]))
            self._writer.flush()
        except DataLost:
            raise StreamError(
                f"Redis has lost entries of {self._stream}; the same --source adds them again"
            ) from None
        except StopRequested:
            raise Interrupted from None

    def settle(self) -> None:
        """See `Channel`."""
        said_at = time.monotonic() + _SAID_AFTER_S
        try:
            while not self._retry(self._has_taken_effect):
                if self._is_over():
                    raise Interrupted
                if time.monotonic() > said_at:
                    logger.warning(
                        "waiting for a service that reads the stream %s: market-spread %s --stream",
                        self._stream,
                        "ingest" if self._kind == "quotes" else "check",
                    )
                    said_at = float("inf")
                time.sleep(_LOOK_EVERY_S)
        except StopRequested:
            raise Interrupted from None

    def _has_taken_effect(self) -> bool:
        info, stored = self._link.roundtrip(
            [
                command(self._stream, "XINFO", "STREAM", self._stream),
                command(self._position, "HGET", self._position, "position"),
            ]
        )
        facts = StreamFacts.parse(self._stream, info)
        position = parse_position(self._position, stored.decode()) if isinstance(stored, bytes) else START
        return id_of(position.entry_id) >= id_of(facts.last_id)

    def close(self) -> None:
        """See `Channel`."""
        if not (self._is_resumable or self._is_over()):
            self._writer.forget()
        self._link.close()
