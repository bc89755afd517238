"""The live stream of alerts: read once, encoded once, resumed by ID."""

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from services.orders.alert_tail import AlertTail, News
from services.orders.published_alert import alerts_of
from services.web import sse
from services.web.event_stream import Opening
from services.web.fanout import Client
from services.web.feed import Feed
from shared.stream_id import AFTER_ALL, BEFORE_ALL, StreamId

_BLOCK_S: Final = 1.0
_PAUSE_PER_CLIENT_S: Final = 100e-6
"""After a chunk: with many clients fewer and larger ones, for a write costs more than its bytes."""


class AlertFeed(Feed):
    """Publishes alerts as they come.

    Args:
        tail: reads them.
    """

    def __init__(self, tail: AlertTail) -> None:
        super().__init__()
        self._tail = tail
        self._position = BEFORE_ALL
        self._turned = asyncio.Event()

    async def start(self) -> None:
        """See `Feed.start`."""
        self._position = await self._tail.last()

    async def turn(self) -> None:
        """See `Feed.turn`."""
        news = await self._tail.read(self._position, _BLOCK_S)
        self._position = news.position
        self._turned.set()
        self._turned = asyncio.Event()
        if chunk := _encode(news):
            self.publish(chunk)
            await asyncio.sleep(_PAUSE_PER_CLIENT_S * len(self.channel.clients))

    def opening(self, after: StreamId | None) -> Opening:
        """What a client gets first: all that it missed since an ID, or nothing without one."""
        return self._from_now if after is None else partial(self._from_id, after)

    async def _from_now(self, client: Client) -> AsyncIterator[bytes]:
        await self.started.wait()
        self.channel.clients.add(client)
        yield sse.position(str(self._position))

    async def _from_id(self, after: StreamId, client: Client) -> AsyncIterator[bytes]:
        """Read history until the feed is there too, join it, and read the rest up to there."""
        await self.started.wait()
        at, here = after, None
        while here is None or at < here:
            news = await self.insist(partial(self._tail.read, at))
            at = news.position
            if chunk := _encode(news, here or AFTER_ALL):
                yield chunk
            if here is not None or news.may_have_more:
                continue
            if at <= self._position:
                here = self._position
                self.channel.clients.add(client)
            else:  # history was read faster than the feed has come
                await self._turned.wait()


def _encode(news: News, up_to: StreamId = AFTER_ALL) -> bytes:
    """A gap, and the alerts up to an ID, as events."""
    parts = []
    if news.gap is not None:
        gap = {"from": str(news.gap.after), "to": str(news.gap.to)}
        parts.append(sse.event("gap", json.dumps(gap).encode()))
        if not news.entries:
            parts.append(sse.position(str(news.position)))
    parts += [
        sse.event("alert", alert.model_dump_json().encode(), alert.id)
        for alert in alerts_of(news.entries)
        if StreamId.parse(alert.id) <= up_to
    ]
    return b"".join(parts)
