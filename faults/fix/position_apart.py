"""The checker as it must not be: positions of FIX sessions move by themselves, before what they stand for.

So engines do it that count a message when they hand it over. `python -m faults.fix.position_apart` takes
the words of the checker.
"""

import time
from collections.abc import Sequence

from services.orders.__main__ import main
from shared.commit.chunks import Effect
from shared.process.usage import invoke
from shared.redis.link import RedisLink, command
from shared.redis.retry import RedisRetry
from shared.service.handler import BatchHandler
from shared.service.intake import Batch
from shared.service.pipeline import Pipeline
from shared.service.source_commits import SourceCommits
from shared.telemetry.metrics import FeedMetrics

_APART_S = 0.005
"""As long as another machine's answer takes: kills are to hit it."""

_begin = SourceCommits.begin
_make = Pipeline.__init__
_links: list[RedisLink] = []


def _begin_after_moving(self: SourceCommits, batch: Batch, effects: Sequence[Effect]) -> None:
    for part in batch.parts:
        source, position = part.sender.source, part.position_after(part.first + part.messages)
        if part.messages and source is not None:
            _links[0].roundtrip([command(source.key, "HSET", source.key, "position", position)])
            source.position = position
    time.sleep(_APART_S)
    _begin(self, batch, effects)


def _make_and_note(
    self: Pipeline,
    handler: BatchHandler,
    commits: SourceCommits,
    link: RedisLink,
    retry: RedisRetry,
    metrics: FeedMetrics,
) -> None:
    _links.append(link)
    _make(self, handler, commits, link, retry, metrics)


if __name__ == "__main__":
    SourceCommits.begin = _begin_after_moving  # type: ignore[method-assign]
    Pipeline.__init__ = _make_and_note  # type: ignore[method-assign]
    invoke(main, "python -m faults.fix.position_apart")
