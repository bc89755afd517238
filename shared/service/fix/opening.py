"""Opens the FIX sessions of a service's file."""

from functools import partial

from shared.commit.positions import CommitScript
from shared.feed.fix.listener import FixListener
from shared.market import keys
from shared.process.fix_options import FixSettings
from shared.process.lifecycle import bound
from shared.service.fix.intake import Decode, FixIntake
from shared.service.fix.reader import ReaderOf
from shared.service.loop import Service
from shared.service.redis_access import RedisAccess
from shared.telemetry.fix_metrics import FixMetrics


def fix_intake(
    settings: FixSettings,
    feed: str,
    append: CommitScript,
    reader_of: ReaderOf,
    decode: Decode,
    *,
    service: Service,
    redis: RedisAccess,
    metrics: FixMetrics,
) -> FixIntake:
    """The sessions of the file; they listen at once, and are answered when the service runs.

    Args:
        settings: with sessions.
        feed: what stands for it in the keys of positions.
        append: what commits write.
        reader_of: what the service makes of the messages of a session.
        decode: items as its handler takes them.
        service: the service.
        redis: the way to Redis.
        metrics: what is counted.
    """
    accepts = any(session.role == "acceptor" for session in settings.fix.sessions)
    listener = bound(
        f"FIX on {settings.fix_listen}",
        "--fix-listen",
        lambda: FixListener(
            settings.fix_listen if accepts else None,
            max_connections=settings.max_connections,
            buffer_bytes=settings.buffer_bytes,
            context=settings.fix.accepting,
        ),
    )
    service.watch(listener.fileno())
    return FixIntake(
        settings.fix.sessions,
        listener,
        partial(keys.position, settings.alerts, feed),
        append,
        reader_of,
        decode,
        settings.fix.contexts,
        redis=redis,
        pipeline=service.pipeline,
        metrics=metrics,
    )
