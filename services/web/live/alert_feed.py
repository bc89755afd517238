"""The live stream of alerts: read once, encoded once, resumed by ID, all of it or what matches."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from market_spread.stream_id import AFTER_ALL, BEFORE_ALL, StreamId
from services.orders.alerts.filter import ALL, AlertFilter
from services.orders.alerts.tail import AlertTail
from services.web.live import sse
from services.web.live.alert_events import AlertEvents
from services.web.live.event_stream import Opening
from services.web.live.fanout import Channel, Client
from services.web.live.publisher import Publisher
from shared.redis.aio.gate import Gate

POSITION_EVERY_S: Final = 15.0
"""How often a filtered stream says how far it has come, so that resuming does not hang on rare matches."""
_BLOCK_S: Final = 1.0
_PAUSE_PER_CLIENT_S: Final = 100e-6
"""After a chunk: with many clients fewer and larger ones, for a write costs more than its bytes."""
_AT_ONCE: Final = 250
"""Alerts of history that are made for one client at once: some 100 kB."""
_AT_ONCE_FILTERED: Final = 1000


class AlertFeed(Publisher):
    """Publishes alerts as they come.

    Args:
        tail: reads them.
        turns: passed by whoever reads history.
        position_every_s: see `POSITION_EVERY_S`.
    """

    def __init__(self, tail: AlertTail, turns: Gate, position_every_s: float = POSITION_EVERY_S) -> None:
        super().__init__()
        self.filtered = Channel()
        """The clients that want only some alerts."""
        self._filters: dict[Client, AlertFilter] = {}
        self._tail = tail
        self._turns = turns
        self._position = BEFORE_ALL
        self._position_every_s = position_every_s
        self._said_position_at = 0.0
        self._turned = asyncio.Event()

    async def start(self) -> None:
        """See `Publisher.start`."""
        self._position = await self._tail.last()

    async def turn(self) -> None:
        """See `Publisher.turn`."""
        news = await self._tail.read(self._position, min(_BLOCK_S, self._position_every_s))
        self._position = news.position
        self._turned.set()
        self._turned = asyncio.Event()
        events = AlertEvents(news)
        if self.channel.clients and (chunk := events.matching(ALL)):
            self.publish(chunk)
        self._publish_filtered(events)
        if news.entries:
            await asyncio.sleep(
                _PAUSE_PER_CLIENT_S * (len(self.channel.clients) + len(self.filtered.clients))
            )

    def opening(self, after: StreamId | None, only: AlertFilter = ALL) -> Opening:
        """What a client gets first: all that it missed since an ID, or nothing without one."""
        if after is None:
            return partial(self._from_now, only)
        return partial(self._from_id, after, only)

    def clients(self) -> list[Client]:
        """See `Publisher.clients`."""
        return [*super().clients(), *self.filtered.clients]

    def leave(self, client: Client) -> None:
        """See `Publisher.leave`."""
        super().leave(client)
        self.filtered.clients.discard(client)
        self._filters.pop(client, None)

    def keep_alive(self) -> None:
        """See `Publisher.keep_alive`; those with a filter hear of positions."""
        super().keep_alive()
        now = asyncio.get_running_loop().time()
        if now - self._said_position_at >= self._position_every_s:
            self._said_position_at = now
            if self.filtered.clients:
                self.filtered.publish(_position_event(self._position))

    def _publish_filtered(self, events: AlertEvents) -> None:
        for client in tuple(self.filtered.clients):
            if chunk := events.matching(self._filters[client]):
                self.filtered.give(client, chunk)

    def _join(self, client: Client, only: AlertFilter) -> None:
        if only.wants_all:
            self.channel.clients.add(client)
        else:
            self._filters[client] = only
            self.filtered.clients.add(client)

    async def _from_now(self, only: AlertFilter, client: Client) -> AsyncIterator[bytes]:
        await self.started.wait()
        self._join(client, only)
        yield sse.position(str(self._position))

    async def _from_id(self, after: StreamId, only: AlertFilter, client: Client) -> AsyncIterator[bytes]:
        """Read history until the feed is there too, join it, and read the rest up to there."""
        await self.started.wait()
        clock = asyncio.get_running_loop().time
        at, here, said_at = after, None, clock()
        most = _AT_ONCE if only.wants_all else _AT_ONCE_FILTERED
        while here is None or at < here:
            async with self._turns:
                chunk, at, may_have_more = await self._read_on(at, here or AFTER_ALL, most, only)
            if not chunk and clock() - said_at > self._position_every_s:
                chunk = _position_event(at)
            if chunk:
                said_at = clock()
                yield chunk
                chunk = b""  # not to be kept while the next one is waited for
            if here is not None or may_have_more:
                continue
            if at <= self._position:
                here = self._position
                self._join(client, only)
            else:  # history was read faster than the feed has come
                await self._turned.wait()

    async def _read_on(
        self, after: StreamId, up_to: StreamId, most: int, only: AlertFilter
    ) -> tuple[bytes, StreamId, bool]:
        """A portion of history as events, where to read on, and whether there may be more.

        What was read is not returned: as objects it is several times as large, and the client may be slow.
        """
        news = await self.retry(partial(self._tail.read, after, most=most))
        return AlertEvents(news, up_to).matching(only), news.position, news.may_have_more


def _position_event(position: StreamId) -> bytes:
    return sse.event("position", b'{"id":"%b"}' % str(position).encode(), str(position))
