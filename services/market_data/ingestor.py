"""The ingestor: quotes in, the last one of each symbol to Redis, with the verdict on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.market_data.batch import latest
from services.market_data.book import Book
from services.market_data.messages import FEED, OTHER_FEEDS
from services.market_data.metrics import IngestMetrics
from services.market_data.risk import Limits
from services.market_data.store import QuoteStore
from shared.batch import Batch
from shared.clock import now_us
from shared.columns import Rejects
from shared.insist import Insistence
from shared.lifecycle import LAST_WAIT_S, Stop
from shared.options import ServiceSettings
from shared.portions import Effect
from shared.positions import Append
from shared.redis_link import Link
from shared.redis_url import open_link, parse_redis_url
from shared.rejected import Rejected
from shared.service import Service
from shared.symbols import SymbolTable

ROLE = "ingest"


@dataclass(frozen=True)
class IngestSettings(ServiceSettings):
    """What the ingestor can be told."""

    max_spread: Decimal
    max_spread_ratio: Decimal
    max_symbols: int


class Ingestor:
    """What the ingestor does with a batch; see `shared.work.Work`.

    Args:
        settings: what it can be told.
        link: to Redis.
        insist: waits while Redis is away.
        metrics: what is counted.
    """

    append = Append()

    def __init__(
        self, settings: IngestSettings, link: Link, insist: Insistence, metrics: IngestMetrics
    ) -> None:
        self.rejected = Rejected(FEED, OTHER_FEEDS)
        self._symbols = SymbolTable(settings.max_symbols)
        self._book = Book(self._symbols, Limits(settings.max_spread, settings.max_spread_ratio))
        is_cluster = parse_redis_url(settings.redis_url).kind == "cluster"
        self._store = QuoteStore(link, self._book, is_cluster=is_cluster)
        self._insist = insist
        self._metrics = metrics

    def start(self) -> None:
        """Take over what an earlier run has written."""
        self._store.load()
        self._metrics.symbols = len(self._book)

    def apply(self, batch: Batch) -> tuple[Sequence[Effect], Rejects]:
        """Write the last quote of each symbol."""
        updates, rejects = latest(batch.buffer, batch.runs, self._symbols)
        now = now_us()
        self._book.apply(updates, now)
        self._metrics.symbols = len(self._book)
        if updates:
            self._insist(self._store.sync)
            self._metrics.last_quote_at = now / 1e6
        return (), rejects

    def committed(self, effects: Sequence[Effect]) -> None:
        """Nothing is left to do: the quotes were written before."""

    def tick(self) -> None:
        """See whether Redis still has everything."""
        self._store.look_around()
        self._store.sync()

    def totals(self) -> dict[str, int]:
        """See `shared.work.Work`."""
        return {}

    def gauges(self) -> dict[str, str]:
        """See `shared.work.Work`."""
        last = self._metrics.last_quote_at
        age_ms = "" if last is None else str(max(round(now_us() / 1000 - last * 1000), 0))
        return {
            "symbols": str(len(self._book)),
            "lag": str(len(self._book.unwritten)),
            "last_quote_age_ms": age_ms,
        }


def run(settings: IngestSettings) -> int:
    """Run the service until it is told to stop; the exit code."""
    stop, metrics = Stop(), IngestMetrics()
    link = open_link(settings.redis_url, name="market-spread-ingest")
    commit_link = open_link(settings.redis_url, name="market-spread-ingest-commit")
    insist = Insistence(
        lambda: stop.longer_ago_than(LAST_WAIT_S), metrics.redis_failed, links=(link, commit_link)
    )
    work = Ingestor(settings, link, insist, metrics)
    return Service(ROLE, FEED, settings, stop, link, commit_link, insist, metrics, work).run()
