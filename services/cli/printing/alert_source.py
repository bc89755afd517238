"""The alerts that are in Redis now: the newest ones, or all after an ID."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Final

from market_spread import Gap
from market_spread.backoff import Backoff
from market_spread.stream_id import StreamId
from services.orders.alerts.history import AlertHistory, Wanted
from services.orders.alerts.published import Alert, alerts_of
from services.orders.alerts.tail import AlertTail
from shared.redis.aio.link import AsyncLink
from shared.redis.link import RedisRefused, RedisUnavailable

logger = logging.getLogger(__name__)

_PAGE: Final = 1000
_ATTEMPTS: Final = 3
_FIRST_WAIT_S: Final = 0.2
_LONGEST_WAIT_S: Final = 0.4


class AlertSource:
    """Reads the stream of alerts; all of it raises `RedisUnavailable` without an answer, or at a refusal.

    Args:
        link: to Redis.
        stream: its name.
    """

    def __init__(self, link: AsyncLink, stream: str) -> None:
        self._history = AlertHistory(link, stream)
        self._tail = AlertTail(link, stream)

    async def reach(self) -> StreamId:
        """See whether Redis is there, a few times; the ID of the newest alert that there ever was."""
        backoff = Backoff(_FIRST_WAIT_S, _LONGEST_WAIT_S)
        for attempt in range(1, _ATTEMPTS):
            try:
                return await self._tail.last()
            except RedisRefused:
                raise
            except RedisUnavailable as error:
                logger.warning("Redis is out of reach, attempt %d of %d: %s", attempt, _ATTEMPTS, error)
            await asyncio.sleep(backoff.next_s())
        return await self._tail.last()

    async def newest(self, count: int, end: StreamId) -> list[Alert]:
        """The newest alerts up to an ID, oldest first."""
        found: list[Alert] = []
        before = StreamId(end.milliseconds, end.number + 1)
        while len(found) < count:
            page = await self._history.page(Wanted(limit=min(count - len(found), _PAGE), before=before))
            found += page.alerts
            if page.next is None:
                break
            before = StreamId.parse(page.next)
        return found[::-1]

    async def after(self, position: StreamId, on_gap: Callable[[Gap], None]) -> AsyncIterator[list[Alert]]:
        """All alerts after an ID, in portions; `on_gap` is told when some may be missing."""
        while True:
            news = await self._tail.read(position)
            if news.gap is not None:
                on_gap(news.gap)
            yield list(alerts_of(news.entries))
            if not news.may_have_more:
                return
            position = news.position
