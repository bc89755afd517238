"""How far a forwarder has come: kept in Redis under its name, and moved only by the newest of that name."""

import logging
import secrets

from redis.exceptions import ResponseError

from services.orders.alerts.reader import AlertReader
from shared.base.source import Source
from shared.commit.positions import Positions
from shared.commit.source_commit import POSITION_FIELDS, CommitChunk, Outcome, SourceCommit, has_lost
from shared.commit.stream_position import StreamPosition, Unusable, parse_position
from shared.redis.link import RedisLink, command
from shared.redis.retry import RedisRetry

logger = logging.getLogger(__name__)


class TakenOver(Exception):
    """A newer forwarder of the same name has taken over."""


class PositionLost(Exception):
    """Redis has an older position than it had, or none: it lost data."""


class ForwardPosition:
    """The position of one forwarder; to be claimed before anything else.

    Args:
        key: its key in Redis.
        link: to Redis.
        retry: waits while Redis is away.
        reader: of the stream that it is a position in.
    """

    def __init__(self, key: str, link: RedisLink, retry: RedisRetry, reader: AlertReader) -> None:
        self._key = key
        self._link = link
        self._retry = retry
        self._reader = reader
        self._positions = Positions(link)
        self._source = Source(key, secrets.token_hex(16), is_held=True)
        self._is_claimed = False

    def __str__(self) -> str:
        return self.at.entry_id.decode()

    @property
    def at(self) -> StreamPosition:
        """The last alert that was acknowledged."""
        return parse_position(self._key, self._source.position)

    def claim(self) -> StreamPosition:
        """Take the position over from whoever has it; gives where it is.

        One that is new, or that the stream does not reach, is before the first alert there is.
        """
        self._is_claimed = False
        self._reach_stream(self._retry(self._open))
        self._is_claimed = True
        return self.at

    def _reach_stream(self, stored: StreamPosition) -> None:
        """Go before the first alert there is if the stream does not reach the position."""
        while not (facts := self._retry(self._reader.facts)).reaches(stored):
            logger.error(
                "the stream of alerts ends before %s, up to where it was forwarded: Redis has lost data; "
                "forwarding all there is", stored.entry_id.decode(),
            )  # fmt: skip
            try:
                self.move(facts.beginning)
            except PositionLost:  # once more, meanwhile
                stored = self._retry(self._open)
            else:
                return

    def _open(self) -> StreamPosition:
        self._source.position = str(self._reader.facts().beginning)
        (answer,) = self._positions.open([self._source])
        if isinstance(answer, ResponseError):
            raise Unusable(f"{self._key} cannot be used: {answer}")
        return parse_position(self._key, answer)

    def move(self, to: StreamPosition) -> None:
        """Move it.

        Raises:
            TakenOver: it is somebody else's now.
            PositionLost: it is not where we left it; claim it again.
        """
        pending = SourceCommit(self._source, [CommitChunk([], str(to))])
        self._retry(lambda: self._positions.commit([pending]))
        if pending.outcome is not Outcome.COMMITTED:
            self._retry(self.check)

    def look_for_losses(self) -> None:
        """See, once it is claimed, that it is still ours and where we left it; see `check`."""
        if self._is_claimed:
            self.check()

    def check(self) -> None:
        """See that it is still ours and where we left it.

        Raises:
            TakenOver: it is somebody else's now.
            PositionLost: it is not where we left it; claim it again.
            RedisUnavailable: no answer.
        """
        (answer,) = self._link.roundtrip([command(self._key, "HMGET", self._key, *POSITION_FIELDS)])
        if isinstance(answer, ResponseError):
            raise Unusable(f"{self._key} cannot be used: {answer}")
        if has_lost(self._source, answer, self._is_before):
            raise PositionLost
        if answer[0] != self._source.owner.encode():
            raise TakenOver

    def _is_before(self, position: str) -> bool:
        return parse_position(self._key, position).ordinal < self.at.ordinal
