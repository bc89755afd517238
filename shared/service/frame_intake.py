"""Frames over TCP: what has arrived on all connections is one batch, and HELLO makes a sender resumable."""

import logging
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from redis.exceptions import ResponseError

from market_spread.framing import HEADER
from market_spread.hello import is_source_name
from shared.base.integers import parse_uint
from shared.base.source import Source
from shared.commit.positions import Positions
from shared.feed.batch import FrameBatch
from shared.feed.listener import Listener
from shared.feed.session import FrameSession
from shared.redis.retry import RedisRetry
from shared.service.dead_letters import DeadLetters
from shared.service.pipeline import Pipeline
from shared.wire.framing import Buffer, Run
from shared.wire.rejects import Rejects
from shared.wire.symbol_table import SymbolTable

logger = logging.getLogger(__name__)

_OVERLAPPED_FRAMES: Final = 1000
"""While Redis works on the commit of a batch of so many frames, the next batch is read and decoded: more
are on their way then. After a smaller one that would only cost a look at the feed."""
_MOST_REFUSED: Final = 0.1
"""A sender of which a greater part is refused is read in small pieces, so that it delays nobody."""
_MOST_FRAMES: Final = 2**64 - 2**40
"""A source that stands higher is none of ours: an ACK has 64 bits, and it wants to go on."""

Decode = Callable[[Buffer, Sequence[Run], SymbolTable], tuple[Any, Rejects]]


class FrameIntake:
    """Takes what a listening feed receives through the pipeline.

    Args:
        listener: the feed.
        decode: its frames as the handler takes them, and those that are none.
        pipeline: what follows.
        rejected: knows who took this feed for another one.
        positions: where the positions of resumable senders are.
        key: the key of a source's position by the source's name.
        retry: waits while Redis is away.
    """

    def __init__(
        self,
        listener: Listener,
        decode: Decode,
        pipeline: Pipeline,
        rejected: DeadLetters,
        positions: Positions,
        key: Callable[[str], str],
        retry: RedisRetry,
    ) -> None:
        self._listener = listener
        self._decode = decode
        self._pipeline = pipeline
        self._rejected = rejected
        self._positions = positions
        self._key = key
        self._retry = retry

    def turn(self, timeout_s: float) -> int:
        """Wait for something to arrive and let it take effect; how many frames it was."""
        pipeline = self._pipeline
        batch = self._listener.poll(timeout_s)
        pipeline.hold(batch)
        if batch.hellos:
            pipeline.settle()  # a source that comes back goes on from where it really stands
            self._open(batch.hellos)
            batch.drop_dismissed()
        pipeline.heard_of(batch.senders())
        if batch.messages:
            rejects = pipeline.take(batch, partial(self._decode, batch.buffer, batch.runs))
            _mark_senders(batch, rejects)
        if batch.messages < _OVERLAPPED_FRAMES:
            pipeline.conclude()
        if batch.ended or pipeline.commits.due_in_s() <= 0:
            pipeline.settle()
        pipeline.commits.tell_the_lost()
        for session in batch.ended:
            pipeline.commits.forget(session)
            session.error = session.error or self._rejected.last_word(session)
            session.end()
        return batch.messages

    def _open(self, hellos: Sequence[tuple[FrameSession, bytes]]) -> None:
        """Make each connection that said HELLO the owner of its source, and tell it where to go on."""
        opening = [source for source in (self._claim(*hello) for hello in hellos) if source is not None]
        answers = self._retry(lambda: self._positions.open(opening)) if opening else []
        by_key = dict(zip((source.key for source in opening), answers, strict=True))
        for session, _ in hellos:
            if session.source is None or session.is_dismissed:  # a later HELLO of this batch took it over
                continue
            answer = by_key[session.source.key]
            count = None if isinstance(answer, ResponseError) else parse_uint(answer.encode())
            if count is None or count > _MOST_FRAMES:
                self._pipeline.commits.forget(session)
                session.refuse(f"the position of this source cannot be used: {answer}")
            else:
                session.opened(session.source)

    def _claim(self, session: FrameSession, raw_name: bytes) -> Source | None:
        """Give a connection the source that it names, and take it from whoever had it."""
        if not is_source_name(raw_name):
            session.refuse(f"source name {raw_name[:80]!r}: use 1 to 64 of A-Z a-z 0-9 . _ -")
            return None
        name = raw_name.decode()
        source = session.source = Source(self._key(name), secrets.token_hex(16), name=name)
        before = self._pipeline.commits.own(session, source)
        if before is not None and not before.is_dismissed:
            before.fenced()
        return source


def _mark_senders(batch: FrameBatch, rejects: Rejects) -> None:
    """Mark who sent what was refused."""
    for segment in batch.parts:
        sender, refused = segment.sender, rejects.among(segment.first, segment.messages)
        if not refused:
            sender.is_distrusted = False
            continue
        sender.is_distrusted = refused > _MOST_REFUSED * segment.messages
        sender.refused += refused
        if not segment.first_of_connection:
            sender.first_type = batch.buffer[segment.runs[0].offset + HEADER.size]
