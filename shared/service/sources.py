"""The sources of a feed: who sends on which connection, and what of a batch belongs to whom."""

import logging
import secrets
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from redis.exceptions import ResponseError

from market_spread.hello import Error, ErrorCode, is_source_name
from shared.base.integers import parse_uint
from shared.base.source import Origin, Source
from shared.commit.chunks import Effect, cut
from shared.commit.positions import Positions
from shared.commit.source_commit import POSITION_FIELDS, CommitChunk, Outcome, SourceCommit, has_lost
from shared.feed.batch import Batch, Segment
from shared.feed.connection import Connection
from shared.feed.listener import Listener
from shared.redis.link import RedisLink, command
from shared.redis.retry import RedisRetry
from shared.service.ack_batching import AckBatching

logger = logging.getLogger(__name__)

_PLAIN_EXPIRES_MS: Final = 3_600_000
_MOST_FRAMES: Final = 2**64 - 2**40
"""A source that stands higher is none of ours: an ACK has 64 bits, and it wants to go on."""


@dataclass
class _Begun:
    """A commit on its way."""

    resumable: dict[Connection, SourceCommit] = field(default_factory=dict)
    others: list[SourceCommit] = field(default_factory=list)
    effects: dict[Connection | None, Sequence[Effect]] = field(default_factory=dict)
    """By connection; None for all that came without HELLO."""
    frames: int = 0

    @property
    def pending(self) -> list[SourceCommit]:
        """What is committed."""
        return [*self.resumable.values(), *self.others]


class Sources:
    """Opens resumable sources, commits batches, and acknowledges them.

    What comes without HELLO is, all together, one source that nobody resumes: it has a position only so
    that a commit whose answer was lost is not made twice.

    Args:
        feed: where they are connected.
        positions: where their positions are.
        key: the key of a source's position by the source's name.
        retry: waits while Redis is away.
    """

    def __init__(
        self, feed: Listener, positions: Positions, key: Callable[[str], str], retry: RedisRetry
    ) -> None:
        self._feed = feed
        self._positions = positions
        self._key = key
        self._retry = retry
        self._connected: dict[str, Connection] = {}
        self._lost: list[Connection] = []
        self._begun = _Begun()
        self._settling = AckBatching()
        token = secrets.token_hex(16)
        self._plain = Source(
            key(f"plain:{token}"),
            token,
            expires_ms=_PLAIN_EXPIRES_MS,
            is_held=True,
            name=f"plain:{token[:8]}",
        )
        self._plain_is_open = False

    def open(self, hellos: Sequence[tuple[Connection, bytes]]) -> None:
        """Make each connection that said HELLO the owner of its source, and tell it where to go on."""
        self.settle()  # a source that comes back goes on from where it really stands
        opening = [each for each in (self._claim(*hello) for hello in hellos) if each is not None]
        sources = [each.source for each in opening if each.source is not None]
        answers = self._retry(lambda: self._positions.open(sources)) if sources else []
        for connection, answer in zip(opening, answers, strict=True):
            if connection.is_dismissed:  # a later HELLO of the same batch took the source over
                continue
            count = None if isinstance(answer, ResponseError) else parse_uint(answer.encode())
            if count is None or count > _MOST_FRAMES:
                text = f"the position of this source cannot be used: {answer}"
                logger.error("%s: refused: %s", connection.peer, text)
                self.forget(connection)
                self._feed.dismiss(connection, Error(ErrorCode.REFUSED, text))
            elif not connection.acknowledge(count):
                self._feed.watch(connection)

    def _claim(self, connection: Connection, raw_name: bytes) -> Connection | None:
        """Give a connection the source that it names, and take it from whoever had it."""
        if not is_source_name(raw_name):
            text = f"source name {raw_name[:80]!r}: use 1 to 64 of A-Z a-z 0-9 . _ -"
            logger.warning("%s: refused: %s", connection.peer, text)
            self._feed.dismiss(connection, Error(ErrorCode.REFUSED, text))
            return None
        name = raw_name.decode()
        source = Source(self._key(name), secrets.token_hex(16), name=name)
        before = self._connected.get(source.key)
        if before is not None:
            self.forget(before)
            if not before.is_dismissed:
                self._fence(before)
        connection.source = source
        self._connected[source.key] = connection
        return connection

    def begin(self, batch: Batch, effects: Sequence[Effect]) -> None:
        """Send what a batch leaves to Redis, source by source; `conclude` has to be called before the next.

        What leaves no effect is settled later. Until then its sender has no ACK and would send it again, and
        what is done again leaves no effect that is there already: a quote is the same quote, and an order
        that has raised no alert is judged by the quote of then.
        """
        parts = [each for each in _by_segment(batch, effects) if not each[0].connection.is_dismissed]
        plain_parts = [part for part in parts if part[1] and part[0].connection.source is None]
        plain = [effect for _, own in plain_parts for effect in own]
        begun = self._begun
        for segment, own in parts:
            connection = segment.connection
            if connection.source is None:
                begun.frames += segment.frames if plain else 0
                connection.acknowledge_tcp()
            elif own:
                late = self._settling.take(connection)
                begun.frames += late + segment.frames
                begun.resumable[connection] = self._pending(connection, late, segment, own)
                begun.effects[connection] = own
            else:
                self._settling.add(connection, segment.frames)
                connection.acknowledge_tcp()
        if plain:
            self._open_plain()
            origins = [self._plain_origin(segment) for segment, _ in plain_parts]
            begun.others = [SourceCommit(self._plain, self._plain_chunks(batch, origins, plain))]
            begun.effects[None] = plain
        if self.due_in_s() <= 0:
            self._settle()
        if begun.pending:
            self._retry(lambda: self._positions.start(begun.pending))

    def conclude(self) -> Sequence[Effect]:
        """Wait until Redis has what was begun, and acknowledge it; the effects that it has."""
        begun = self._begun
        if begun.pending:
            self._retry(lambda: self._positions.commit(begun.pending))
        for connection, pending in begun.resumable.items():
            self._answer(connection, pending)
        self._begun = _Begun()
        return [
            effect
            for connection, effects in begun.effects.items()
            if connection is None or begun.resumable[connection].outcome is Outcome.COMMITTED
            for effect in effects
        ]

    def due_in_s(self) -> float:
        """How long until `settle` is due; endless if there is nothing to settle."""
        return self._settling.due_in_s()

    def settle(self) -> None:
        """Move the positions of all sources to where they stand, and acknowledge it; nothing may be begun."""
        self._settle()
        self.conclude()

    def _settle(self) -> None:
        """Let what was begun move all positions."""
        for connection, frames in self._settling.take_all():
            if connection.source is not None and not connection.is_dismissed:
                reached = CommitChunk([], str(int(connection.source.position) + frames))
                self._begun.resumable[connection] = SourceCommit(connection.source, [reached])
                self._begun.frames += frames

    @property
    def waiting(self) -> int:
        """How many frames were dealt with, but Redis is not known to have it."""
        return self._settling.frames + self._begun.frames

    def _answer(self, connection: Connection, pending: SourceCommit) -> None:
        if pending.outcome is Outcome.COMMITTED:
            if not connection.acknowledge(int(pending.source.position)):
                self._feed.watch(connection)
            return
        self.forget(connection)
        if pending.outcome is Outcome.FENCED:
            self._fence(connection)
        elif pending.outcome is Outcome.LOST:
            self._retry.doubt.raise_()
            self._send_back(connection, pending.source)
        else:
            text = f"Redis refuses the commit: {pending.error}"
            logger.error("%s: %s", connection.peer, text)
            self._feed.dismiss(connection, Error(ErrorCode.REFUSED, text))

    def look_for_losses(self, link: RedisLink) -> None:
        """See whether Redis still knows how far each source has come, also those that send nothing now.

        Args:
            link: to Redis; another one than that of the commits, which may be under way.

        Raises:
            RedisUnavailable: no answer; call again.
        """
        connected = list(self._connected.values())
        sources = [each.source for each in connected if each.source is not None]
        replies = link.roundtrip([command(each.key, "HMGET", each.key, *POSITION_FIELDS) for each in sources])
        for connection, source, reply in zip(connected, sources, replies, strict=True):
            if has_lost(source, reply, partial(_is_before, source)):
                self._lost.append(connection)

    def send_back_the_lost(self) -> None:
        """Let senders whose position Redis has lost ask where to go on."""
        lost, self._lost = self._lost, []
        for connection in lost:
            if not connection.is_dismissed and connection.source is not None:
                self.forget(connection)
                self._send_back(connection, connection.source)

    def _send_back(self, connection: Connection, source: Source) -> None:
        """Close a connection so that its sender asks where to go on, because Redis has lost its position.

        The sender's HELLO takes the source again. Taking it here would be wrong: where the sender has gone
        elsewhere long ago without our noticing, it would take the source from who has it now.
        """
        logger.error(
            "%s: Redis lost the position of %s: closing, so that the sender asks where to go on",
            connection.peer, source.key,
        )  # fmt: skip
        self._feed.abandon(connection)

    def _fence(self, connection: Connection) -> None:
        logger.warning("%s: fenced: a newer connection has taken over its source", connection.peer)
        self._feed.dismiss(
            connection, Error(ErrorCode.FENCED, "a newer connection has taken over this source")
        )

    def _pending(
        self, connection: Connection, late: int, segment: Segment, effects: Sequence[Effect]
    ) -> SourceCommit:
        """A resumable connection's part of a batch after some late frames; its position counts frames."""
        assert connection.source is not None
        before = int(connection.source.position) + late - segment.first
        end = segment.first + segment.frames
        origins = [Origin(segment.first, connection.source.name, before.__add__)]
        arguments_of = partial(self._positions.arguments_of, origins)
        chunks = cut(effects, arguments_of, end, lambda reached: str(before + reached))
        return SourceCommit(connection.source, chunks)

    def _open_plain(self) -> None:
        if not self._plain_is_open:
            self._retry(lambda: self._positions.open([self._plain]))
            self._plain_is_open = True

    def _plain_origin(self, segment: Segment) -> Origin:
        """The connection of a segment, as a source of its own in alerts."""
        before = segment.first_of_connection - segment.first
        return Origin(segment.first, f"{self._plain.name}.{segment.connection.number}", before.__add__)

    def _plain_chunks(
        self, batch: Batch, origins: Sequence[Origin], effects: list[Effect]
    ) -> Iterator[CommitChunk]:
        """What came without HELLO; its position is the count of chunks."""
        done = int(self._plain.position)
        arguments_of = partial(self._positions.arguments_of, origins)
        chunks = cut(effects, arguments_of, batch.frames, lambda _: "")
        for number, chunk in enumerate(chunks, start=done + 1):
            yield chunk._replace(position=str(number))

    def forget(self, connection: Connection) -> None:
        """A connection has ended, or is not listened to any more."""
        self._settling.forget(connection)
        source = connection.source
        if source is not None and self._connected.get(source.key) is connection:
            del self._connected[source.key]


def _is_before(source: Source, stored: str) -> bool:
    """Whether a count of frames is less than the one that the source's owner knows."""
    count = parse_uint(stored.encode())
    return count is not None and count < int(source.position)


def _by_segment(batch: Batch, effects: Sequence[Effect]) -> Iterator[tuple[Segment, Sequence[Effect]]]:
    """Each connection's frames with their effects, which are in the order of the frames."""
    if len(batch.segments) == 1:
        yield batch.segments[0], effects
        return
    start = 0
    for segment in batch.segments:
        end = bisect_left(effects, segment.first + segment.frames, start, key=lambda each: each.frame)
        yield segment, effects[start:end]
        start = end
