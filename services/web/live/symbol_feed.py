"""The live stream of symbols: a snapshot, then what changed, a few times a second."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final

from services.market_data.http.state_reader import StateReader, kept_read
from services.market_data.http.symbol_state import encode
from services.web.live import sse
from services.web.live.fanout import Client
from services.web.live.publisher import Feed
from shared.redis.aio.gate import Gate
from shared.redis.link import Reply

_EVERY_S: Final = 0.25
_LARGEST_SHARE: Final = 0.25
"""Of the time: with so many symbols that reading them takes long it is done less often."""


class SymbolFeed(Feed):
    """Publishes changes of symbols, conflated.

    Args:
        reader: of the symbols' states.
        turns: passed by whoever is to get a snapshot.
    """

    def __init__(self, reader: StateReader, turns: Gate) -> None:
        super().__init__()
        self._reader = reader
        self._turns = turns
        self._quotes: dict[str, Reply] = {}
        self._snapshot: bytes | None = None
        """The quotes as an event, while they are what they were when it was made."""

    async def start(self) -> None:
        """See `Feed.start`."""
        self._quotes = await self._read()
        self._snapshot = None

    async def turn(self) -> None:
        """See `Feed.turn`."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        quotes, before = await self._read(), self._quotes
        changed = {name: quote for name, quote in quotes.items() if before.get(name) != quote}
        self._quotes = quotes
        if changed or len(quotes) != len(before):
            self._snapshot = None
        if before.keys() <= quotes.keys():
            if changed:
                self.publish(_event("symbols", changed, self._reader.clock.now_us()))
        else:  # some are gone: Redis was emptied
            self.publish(self._current())
        took_s = loop.time() - began
        await asyncio.sleep(max(_EVERY_S, took_s / _LARGEST_SHARE) - took_s)

    async def opening(self, client: Client) -> AsyncIterator[bytes]:
        """What a client gets first: the snapshot."""
        await self.started.wait()
        async with self._turns:
            self.channel.clients.add(client)
            snapshot = self._current()
        yield snapshot

    async def _read(self) -> dict[str, Reply]:
        names = await self._reader.names()
        return dict(zip(names, await self._reader.quotes(names, kept_read), strict=True))

    def _current(self) -> bytes:
        if self._snapshot is None:
            self._snapshot = _event("snapshot", self._quotes, self._reader.clock.now_us())
        return self._snapshot


def _event(name: str, quotes: Mapping[str, Reply], now: int) -> bytes:
    states = (encode(symbol, quote, now) for symbol, quote in quotes.items())
    return sse.event(name, b'{"symbols":[%b]}' % b",".join(state for state in states if state is not None))
