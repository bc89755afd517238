"""All streams that a service reads, each with a position of its own."""

from collections.abc import Sequence

from shared.market import keys
from shared.process.stream_options import StreamSettings
from shared.service.handler import BatchHandler
from shared.service.pipeline import Pipeline
from shared.service.redis_access import RedisAccess
from shared.service.stream.intake import Decode, StreamIntake
from shared.telemetry.metrics import FeedMetrics


def stream_intakes(
    settings: StreamSettings,
    kind: str,
    decode: Decode,
    *,
    handler: BatchHandler,
    redis: RedisAccess,
    pipeline: Pipeline,
    metrics: FeedMetrics,
) -> Sequence[StreamIntake]:
    """An intake for each stream; of several the first is claimed, whoever has it.

    Args:
        settings: which streams, and whether their entries are kept.
        kind: what stands for the feed in the keys of their positions.
        decode: entries as the handler takes them, and those that are none.
        handler: what is done with a batch.
        redis: the way to Redis.
        pipeline: what follows.
        metrics: what is counted.
    """
    return [
        StreamIntake(
            stream,
            keys.position(settings.alerts, kind, stream),
            handler.append,
            decode,
            keep_entries=settings.keep_entries,
            claims=place == 0 and len(settings.stream) > 1,
            redis=redis,
            pipeline=pipeline,
            metrics=metrics,
        )
        for place, stream in enumerate(settings.stream)
    ]
