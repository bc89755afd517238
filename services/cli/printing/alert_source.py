"""The alerts that are in Redis: the newest ones, all after an ID, or those to come as well."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Final

from market_spread import Gap
from market_spread.asking.outage import Outage
from market_spread.gap import StreamState
from market_spread.stream_id import StreamId
from market_spread.waiting.backoff import Backoff
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
_BLOCK_S: Final = 1.0
"""For how long a read waits in Redis for what is to come."""


class AlertSource:
    """Reads the stream of alerts; all of it raises `RedisUnavailable` without an answer, or at a refusal.

    Args:
        link: to Redis.
        stream: its name.
    """

    def __init__(self, link: AsyncLink, stream: str) -> None:
        self._history = AlertHistory(link, stream)
        self._tail = AlertTail(link, stream)

    async def reach(self) -> StreamState:
        """See whether Redis is there, a few times; the stream as it is."""
        backoff = Backoff(_FIRST_WAIT_S, _LONGEST_WAIT_S)
        for attempt in range(1, _ATTEMPTS):
            try:
                return await self._tail.state()
            except RedisRefused:
                raise
            except RedisUnavailable as error:
                logger.warning("Redis is out of reach, attempt %d of %d: %s", attempt, _ATTEMPTS, error)
            await asyncio.sleep(backoff.next_s())
        return await self._tail.state()

    async def newest(self, count: int, before: StreamId) -> list[Alert]:
        """The newest alerts before an ID, oldest first."""
        found: list[Alert] = []
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

    async def follow(
        self, position: StreamId, until: StreamId | None, on_gap: Callable[[Gap], None]
    ) -> AsyncIterator[list[Alert]]:
        """All alerts after an ID and those to come, in portions, an empty one each second without any.

        It waits while Redis is away. It ends when the server's clock has come to `until`; the last portion
        may have later alerts.
        """
        outage = Outage(away=(RedisUnavailable,), refused=(RedisRefused,))
        is_over = False
        while not is_over:
            has_come = until is not None and await outage.wait_for(self._tail.time_ms) >= until[0]
            wait_s = 0.0 if has_come else _BLOCK_S
            news = await outage.wait_for(lambda at=position, s=wait_s: self._tail.read(at, s))  # type: ignore[misc]
            if news.gap is not None:
                on_gap(news.gap)
            yield list(alerts_of(news.entries))
            position = news.position
            is_over = has_come and not news.may_have_more
