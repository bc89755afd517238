"""All that comes without HELLO: together one source, which nobody resumes.

It has a position only so that a commit whose answer was lost is not made twice; the position is the count of
chunks.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final

from shared.base.source import Origin, Source
from shared.commit.chunks import Effect, cut
from shared.commit.positions import Positions
from shared.commit.source_commit import CommitChunk, SourceCommit
from shared.redis.link import Word
from shared.service.intake import Part

_EXPIRES_MS: Final = 3_600_000


class PlainSource:
    """What cannot be resumed.

    Args:
        key: the key of a source's position by the source's name.
    """

    def __init__(self, key: Callable[[str], str]) -> None:
        token = secrets.token_hex(16)
        name = f"plain:{token[:8]}"
        self._source = Source(key(f"plain:{token}"), token, expires_ms=_EXPIRES_MS, is_held=True, name=name)
        self._is_open = False

    def open(self, positions: Positions) -> None:
        """Make its position, the first time that it is needed."""
        if not self._is_open:
            positions.open([self._source])
            self._is_open = True

    def commit_of(
        self,
        parts: Sequence[tuple[Part, Sequence[Effect]]],
        end: int,
        arguments_of: Callable[[Sequence[Origin], Sequence[Any]], list[Word]],
    ) -> SourceCommit:
        """What these parts of a batch leave; in alerts each connection is a source of its own.

        Args:
            parts: with their effects.
            end: the number of the message behind the last one of the batch.
            arguments_of: see `shared.commit.positions.CommitScript`.
        """
        name = self._source.name
        origins = [Origin(part.first, f"{name}.{part.sender.number}", part.sequence) for part, _ in parts]
        effects = [effect for _, own in parts for effect in own]
        chunks = cut(effects, partial(arguments_of, origins), end, str)
        return SourceCommit(self._source, self._numbered(chunks))

    def _numbered(self, chunks: Iterator[CommitChunk]) -> Iterator[CommitChunk]:
        for number, chunk in enumerate(chunks, start=int(self._source.position) + 1):
            yield chunk._replace(position=str(number))
