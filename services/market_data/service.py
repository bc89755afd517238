"""The ingestor's process: its parts put together."""

from contextlib import closing
from functools import partial
from typing import Final

from services.market_data.feed.batch import latest
from services.market_data.feed.entries import latest_of_entries
from services.market_data.feed.messages import FEED
from services.market_data.fix.quote_reader import QuoteReader
from services.market_data.fix.quotes import latest_of_sessions
from services.market_data.ingestor import Ingestor, IngestSettings
from services.market_data.metrics import IngestMetrics
from shared.commit.fix_position import FIX_QUOTES
from shared.process.lifecycle import Stop
from shared.service.fix.opening import fix_intake
from shared.service.intake import Intake
from shared.service.loop import Service
from shared.service.redis_access import RedisAccess
from shared.service.stream.several import stream_intakes
from shared.wire.fix.books.room import Room

ROLE: Final = "ingest"
STREAMS: Final = "market_data_stream"
"""What stands for the feed in the keys of positions in streams."""


def run(settings: IngestSettings) -> int:
    """Run the service until it is told to stop; the exit code."""
    stop, metrics = Stop(), IngestMetrics()
    redis = RedisAccess.open(settings.redis_url, "market-spread-ingest", stop, metrics)
    ingestor = Ingestor(settings, redis, metrics)
    service = Service(ROLE, FEED, settings, stop, redis, metrics, ingestor, latest)
    streams = stream_intakes(
        settings,
        STREAMS,
        partial(latest_of_entries, settings.symbol_map),
        handler=ingestor,
        redis=redis,
        pipeline=service.pipeline,
        metrics=metrics,
    )
    intakes: list[Intake] = [*streams, ingestor.limits]
    if not settings.fix.sessions:
        return service.run(intakes)
    sessions = fix_intake(
        settings,
        FIX_QUOTES,
        ingestor.append,
        partial(QuoteReader, Room(), settings.max_symbols),
        partial(latest_of_sessions, settings.fix.symbol_maps),
        service=service,
        redis=redis,
        metrics=metrics.fix,
    )
    with closing(sessions):
        return service.run([*intakes, sessions])
