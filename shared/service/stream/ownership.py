"""How far a stream has taken effect, and who may move that on: its position in Redis."""

import logging
import secrets

from redis.exceptions import ResponseError

from shared.base.source import Source
from shared.commit.positions import CommitScript, Positions
from shared.commit.stream_position import START, StreamPosition, Unusable, parse_position
from shared.redis.link import RedisLink, command
from shared.service.stream.reader import read_entries
from shared.service.stream.standby import StandbyWatch

logger = logging.getLogger(__name__)


class StreamOwnership:
    """Takes a stream's position over, and watches it while another process has it.

    Args:
        stream: its name.
        key: of its position.
        link: to Redis.
        append: what commits write, which says how many replicas must have the position.
    """

    def __init__(self, stream: str, key: str, link: RedisLink, append: CommitScript) -> None:
        self.source = Source(key, secrets.token_hex(16), str(START), name=f"stream:{stream}")
        self.watch = StandbyWatch()
        self._stream = stream
        self._link = link
        self._positions = Positions(link, append)

    @property
    def position(self) -> StreamPosition:
        """Where the stream stands, as far as we know."""
        return parse_position(self.source.key, self.source.position)

    def is_before(self, position: str) -> bool:
        """Whether a stored position is before ours; a commit finds out what is no position."""
        try:
            return parse_position(self.source.key, position).ordinal < self.position.ordinal
        except Unusable:
            return False

    def has_owner(self) -> bool:
        """Whether anybody ever took the stream."""
        key = self.source.key
        (owner,) = self._link.roundtrip([command(key, "HGET", key, "owner")])
        return owner is not None

    def stored_position(self) -> StreamPosition:
        """Where the stream stands, as far as Redis knows: it may have lost what we know.

        Raises:
            Unusable: the position is not what it has to be.
        """
        key = self.source.key
        (stored,) = self._link.roundtrip([command(key, "HGET", key, "position")])
        if isinstance(stored, ResponseError):
            raise Unusable(f"{key} cannot be used: {stored}")
        return START if stored is None else parse_position(key, stored.decode(errors="replace"))

    def has_stood_still(self) -> bool:
        """Whether the owner has not moved the position for a while, with entries waiting.

        Raises:
            Unusable: the stream or its position is not what it has to be.
        """
        position = self.stored_position()
        self.source.position = str(position)
        found = read_entries(self._link, self._stream, position, 1)
        is_idle = not found.entries and not found.trimmed
        return self.watch.has_stood_still(self.source.position, is_idle=is_idle)

    def forget_position(self) -> None:
        """Redis has lost it: what Redis has is where to go on."""
        self.source.position = str(START)

    def take_over(self) -> None:
        """Become the owner; from now on a commit of the former one finds that it is not the owner any more.

        Raises:
            Unusable: the position is not what it has to be.
        """
        (position,) = self._positions.open([self.source])
        if isinstance(position, ResponseError):
            raise Unusable(f"{self.source.key} cannot be used: {position}")
        try:
            parse_position(self.source.key, position)
        except Unusable:
            self.forget_position()
            raise
        logger.info("taking what comes in the stream %s from %s on", self._stream, position)
