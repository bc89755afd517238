"""The checker's process: its parts put together."""

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Final

from services.orders.alerts.log import append_alerts
from services.orders.checker import Checker
from services.orders.feed.batch import decode_orders
from services.orders.feed.entries import decode_entries
from services.orders.feed.messages import FEED
from services.orders.fix.orders import decode as decode_fix
from services.orders.fix.reader import OrderReader
from services.orders.metrics import CheckMetrics
from shared.commit.fix_position import FIX
from shared.process.fix_options import FixSettings
from shared.process.lifecycle import Stop
from shared.service.fix.opening import fix_intake
from shared.service.loop import Service
from shared.service.redis_access import RedisAccess
from shared.service.stream.several import stream_intakes

ROLE: Final = "check"
STREAMS: Final = "stream"
"""What stands for the feed in the keys of positions in streams."""


@dataclass(frozen=True)
class CheckSettings(FixSettings):
    """What the checker can be told."""

    max_quote_age_ms: int | None
    max_alerts: int
    rebuild_wait: float
    wait_replicas: int


def run(settings: CheckSettings) -> int:
    """Run the service until it is told to stop; the exit code."""
    stop, metrics = Stop(), CheckMetrics()
    redis = RedisAccess.open(settings.redis_url, "market-spread-check", stop, metrics)
    checker = Checker(
        append_alerts(settings.alerts, settings.max_alerts, settings.wait_replicas),
        alerts=settings.alerts,
        rebuild_wait_s=settings.rebuild_wait,
        max_quote_age_ms=settings.max_quote_age_ms,
        redis=redis,
        metrics=metrics,
    )
    service = Service(ROLE, FEED, settings, stop, redis, metrics, checker, decode_orders)
    streams = stream_intakes(
        settings,
        STREAMS,
        partial(decode_entries, settings.symbol_map),
        handler=checker,
        redis=redis,
        pipeline=service.pipeline,
        metrics=metrics,
    )
    if not settings.fix.sessions:
        return service.run(streams)
    decode = partial(decode_fix, settings.fix.symbol_maps)
    sessions = fix_intake(
        settings, FIX, checker.append, OrderReader, decode, service=service, redis=redis, metrics=metrics.fix
    )
    with closing(sessions):
        return service.run([*streams, sessions])
