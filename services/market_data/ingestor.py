"""The ingestor: quotes in, the last one of each symbol to Redis, with the verdict on it."""

import time
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import repeat

from services.market_data.book import Book
from services.market_data.feed.latest import Latest
from services.market_data.feed.messages import FEED, OTHER_FEEDS
from services.market_data.feed.source_name import source_name
from services.market_data.limits_follower import LimitsFollower
from services.market_data.metrics import IngestMetrics
from services.market_data.store.feed_times import FeedTimes
from services.market_data.store.quote_store import QuoteStore
from shared.commit.chunks import Effect
from shared.commit.positions import CommitScript
from shared.market.rule import Limits
from shared.process.fix_options import FixSettings
from shared.service.dead_letters import DeadLetters
from shared.service.intake import Batch, Sender
from shared.service.redis_access import RedisAccess
from shared.wire.symbol_table import SymbolTable


@dataclass(frozen=True)
class IngestSettings(FixSettings):
    """What the ingestor can be told."""

    max_spread: Decimal
    max_spread_ratio: Decimal
    max_symbols: int


class Ingestor:
    """What the ingestor does with a batch; see `shared.service.handler.BatchHandler`.

    Args:
        settings: what it can be told.
        redis: the way to Redis.
        metrics: what is counted.
    """

    append = CommitScript()

    def __init__(self, settings: IngestSettings, redis: RedisAccess, metrics: IngestMetrics) -> None:
        self.rejected = DeadLetters(FEED, OTHER_FEEDS, redis.clock)
        self.symbols = SymbolTable(settings.max_symbols)
        self._book = Book(self.symbols, Limits(settings.max_spread, settings.max_spread_ratio))
        self._store = QuoteStore(redis.link, self._book)
        self.limits = LimitsFollower(self._book, self._store, redis, metrics)
        """Takes part in each turn of the service."""
        self._feed_times = FeedTimes(redis.link)
        self._retry, self._clock = redis.retry, redis.clock
        self._metrics = metrics

    def start(self) -> None:
        """Take over what an earlier run has written."""
        self._store.load()
        self._store.sync()
        self._metrics.symbols = len(self._book)

    def heard_of(self, senders: Sequence[Sender]) -> None:
        """Write when each source was last heard of, as often as that is due: before what it says."""
        now_us = self._clock.stamp_us()
        for each in senders:
            if not each.is_dismissed:
                self._feed_times.note(source_name(each), now_us)
        if self._feed_times.is_due():
            self._retry(self._feed_times.write)

    def handle(self, messages: Latest, batch: Batch) -> Sequence[Effect]:
        """Write what has changed of each symbol.

        Where another ingestor may have taken the same messages over in the meantime, what they say holds from
        when they were read, and is written only where nothing newer is.
        """
        quotes, statuses = messages
        is_contested = batch.is_contested
        now_us = self._clock.at_us(batch.parts[0].received_ns) if is_contested else self._clock.now_us()
        self._book.apply(messages, now_us, _sources(quotes.messages, batch))
        self._metrics.symbols = len(self._book)
        if quotes.symbols or statuses:
            self._retry(partial(self._store.sync, only_newer=is_contested))
        if quotes.symbols:
            self._metrics.last_quote_at = time.monotonic()
        return ()

    def catch_up(self) -> None:
        """Take over what the ingestor before has written of a stream."""
        self._store.load()
        self._metrics.symbols = len(self._book)

    def committed(self, effects: Sequence[Effect]) -> None:
        """Nothing is left to do: the quotes were written before."""

    def every_second(self) -> None:
        """See whether Redis still has everything."""
        self._store.look_for_losses()
        self._store.look_at_some(self._clock.now_us())

    def look_for_losses(self) -> None:
        """Write again what Redis has lost."""
        self._store.look_for_losses()

    def totals(self) -> dict[str, int]:
        """See `shared.service.handler.BatchHandler`."""
        return {}

    def gauges(self) -> dict[str, str]:
        """See `shared.service.handler.BatchHandler`."""
        last = self._metrics.last_quote_at
        age_ms = "" if last is None else str(round((time.monotonic() - last) * 1000))
        return {
            "symbols": str(len(self._book)),
            "lag": str(len(self._book.unwritten)),
            "last_quote_age_ms": age_ms,
            "limits": str(self.limits.version),
        }

    def warnings(self) -> list[str]:
        """See `shared.service.handler.BatchHandler`."""
        return self.limits.troubles


def _sources(places: Sequence[int], batch: Batch) -> Iterable[str]:
    """Who sent the messages in these places of a batch."""
    if len(batch.parts) == 1:
        return repeat(source_name(batch.parts[0].sender))
    names = [source_name(part.sender) for part in batch.parts]
    if len(set(names)) == 1:
        return repeat(names[0])
    firsts = [part.first for part in batch.parts]
    return [names[bisect_right(firsts, place) - 1] for place in places]
