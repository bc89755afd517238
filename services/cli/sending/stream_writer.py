"""Rows into a Redis stream, each once, whoever crashes meanwhile."""

import logging
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from redis.exceptions import ResponseError

from services.cli.files.rows import Rows
from services.cli.sending.stream_script import add_entries
from shared.base.integers import parse_uint
from shared.market import keys
from shared.redis.link import Command, RedisLink, RedisRefused, Reply, command
from shared.redis.retry import RedisRetry

logger = logging.getLogger(__name__)

_ROWS_AT_ONCE: Final = 4000
"""So many may be on their way; with the longest texts that is a megabyte and a half."""


class StreamError(Exception):
    """It cannot go on; the text says why."""


class DataLost(Exception):
    """Redis has a lower count than it had: it lost data, and what it lost has to be added again."""


class _Portion(NamedTuple):
    before: int
    """What Redis should have before."""
    rows: int
    command: Command


class StreamWriter:
    """Adds rows to a stream under the name of a source.

    Args:
        link: to Redis.
        stream: its name.
        source: whose count it is.
        is_over: whether to give up, asked while Redis is away.
    """

    def __init__(self, link: RedisLink, stream: str, source: str, is_over: Callable[[], bool]) -> None:
        self._link, self._stream = link, stream
        self._key = keys.replay(stream, source)
        self._source = source
        self._retry = RedisRetry(is_over, lambda: None, [link])
        self._retry.gives_up_on = RedisRefused
        self._made: list[_Portion] = []
        self._sent: list[_Portion] = []
        self._finish: Callable[[], list[Reply]] | None = None
        self._rows_made = 0
        self.added = 0
        """How many rows Redis is known to have of this source."""
        self.before: int | None = None
        """How many of them it had at first."""
        self._given = 0

    def open(self) -> int:
        """See how many rows there are; whatever was on its way is forgotten.

        Raises:
            StreamError: what is under the key is no count.
            RedisRefused: Redis does not let us in, or lets us do less than is needed.
            StopRequested: Redis stayed away until it was time to stop.
        """
        self._made, self._sent, self._finish, self._rows_made = [], [], None, 0
        (reply,) = self._retry(lambda: self._link.roundtrip([command(self._key, "GET", self._key)]))
        count = 0 if reply is None else parse_uint(reply) if isinstance(reply, bytes) else None
        if count is None:
            raise StreamError(f"{self._key} is no count of a replay: {reply!r:.80}")
        self.added = self._given = count
        self.before = count if self.before is None else self.before
        return count

    def add(self, rows: Rows) -> None:
        """Add rows soon.

        Raises:
            StreamError: Redis refuses them, or somebody else adds under this name.
            DataLost: Redis has fewer than it had.
            StopRequested: Redis stayed away until it was time to stop.
        """
        count = len(rows)
        packed = add_entries(self._stream, self._key, rows.kind, self._given, rows.columns)
        self._made.append(_Portion(self._given, count, packed))
        self._given += count
        self._rows_made += count
        if self._rows_made >= _ROWS_AT_ONCE:
            self._send()

    def flush(self) -> None:
        """Return when Redis has all rows.

        Raises:
            StreamError: see `add`; so are the others.
        """
        self._send()
        self._settle()

    def forget(self) -> None:
        """Remove the count: nobody will go on under this name."""
        self._retry(lambda: self._link.roundtrip([command(self._key, "DEL", self._key)]))

    def _send(self) -> None:
        """Have what was made on its way; what was before is settled first."""
        self._settle()
        self._sent, self._made, self._rows_made = self._made, [], 0
        if self._sent:
            self._finish = self._retry(lambda: self._link.start(each.command for each in self._sent))

    def _settle(self) -> None:
        """Wait for what is on its way; what may have been lost with a connection is sent again."""
        if self._finish is None:
            return
        finish: Callable[[], list[Reply]] | None = self._finish
        self._finish = None

        def replies() -> list[Reply]:
            nonlocal finish
            first, finish = finish, None
            return first() if first else self._link.roundtrip([each.command for each in self._sent])

        self._judge(self._retry(replies))

    def _judge(self, replies: Sequence[Reply]) -> None:
        for portion, reply in zip(self._sent, replies, strict=True):
            if isinstance(reply, ResponseError):
                raise StreamError(f"Redis refuses to add to {self._stream}: {reply}")
            if reply < portion.before:
                logger.warning("Redis has lost what was added behind %d; going on from there", reply)
                raise DataLost
            if not portion.before + portion.rows <= reply <= self._given:
                raise StreamError(
                    f"somebody else adds to {self._stream} under the name {self._source}: there are {reply} "
                    f"entries where {portion.before + portion.rows} should be"
                )
            self.added = max(self.added, portion.before + portion.rows)
        self._sent = []
