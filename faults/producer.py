"""A producer that is already on Redis: adds orders or quotes to a stream."""

import asyncio
import contextlib
import random
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster

from faults.frames import SIDES
from faults.market import ORDERS, QUOTES, Item, Order, Quote
from faults.sender import AcknowledgedTooFew
from faults.target import AWAY
from faults.told import Told

_WINDOW: Final = 400
_LONGEST_CHUNK: Final = 48
_CHUNK_AGAIN: Final = 480
"""How many are added again at once of those that Redis has lost."""
_LONGEST_PAUSE_S: Final = 0.03
_CLOSED_WITHIN_S: Final = 1.0
_RETRY_S: Final = 0.1
_LOOK_AGAIN_S: Final = 0.01
_POSITIONS: Final = {
    ORDERS: f"position:{{alerts}}:stream:{ORDERS}",
    QUOTES: f"position:{{alerts}}:market_data_stream:{QUOTES}",
}

_ADD: Final = """
local last = 0
if redis.call('EXISTS', KEYS[1]) == 1 then
  local facts = redis.call('XINFO', 'STREAM', KEYS[1])
  for at = 1, #facts, 2 do
    if facts[at] == 'last-generated-id' then
      last = tonumber(string.match(facts[at + 1], '^%d+'))
    end
  end
end
local entry = tonumber(ARGV[1])
last = math.max(last, tonumber(ARGV[2]))
local width = tonumber(ARGV[3])
for at = 4, #ARGV, width do
  entry = entry + 1
  if entry == last + 1 then
    redis.call('XADD', KEYS[1], entry .. '-0', unpack(ARGV, at, at + width - 1))
    last = entry
  end
end
return last
"""
"""Add entries that follow the last one there, or a number if Redis has lost some before it; the last one
then."""


class Producer:
    """Adds one source's orders or quotes; the stream position tells how far they have taken effect.

    It names the entries itself, the n-th one `n-0`, and Redis takes only the one that follows the last. So
    an entry that is added again is not there twice, and those that Redis has lost are added again: those
    behind the position, or all of them where a position may be lost without the entries before it.

    Args:
        stream: `ORDERS` or `QUOTES`.
        client: of Redis, with answers as text.
        seed: decides the sizes of what is added at once.
        told: what becomes of the items.
        may_go_back: whether Redis may lose a position: it is read here before a replica has it.
        keeps_all: whether all entries stay in the stream, and are added again if it is lost.
    """

    def __init__(
        self,
        stream: str,
        client: Redis | RedisCluster,
        seed: str,
        told: Told,
        *,
        may_go_back: bool,
        keeps_all: bool,
    ) -> None:
        self.name = stream
        self._position = _POSITIONS[stream]
        self._may_go_back = may_go_back
        self._keeps_all = keeps_all
        self._random = random.Random(seed)
        self._told = told
        self._redis = client
        self._items: list[Item] = []
        self._first = 0
        self._furthest = 0
        self.sent = 0
        self.acknowledged = 0
        self.connected_to = ""
        self.connections = 0
        self.left_behind = 0
        self.fenced = 0
        self.taken_back = 0

    @property
    def in_flight(self) -> int:
        """Entries added but not yet behind the position."""
        return max(self.sent - self.acknowledged, 0)

    @property
    def end(self) -> int:
        """How many entries there are to be."""
        return self._first + len(self._items)

    async def deliver(self, items: list[Item]) -> None:
        """Add these next, and wait until all of them have taken effect."""
        if self._keeps_all:
            self._items = self._items + items
        else:
            self._first, self._items = self.end, items
        while self.acknowledged < self.end:
            await asyncio.sleep(_LOOK_AGAIN_S)

    def ask_again(self) -> None:
        """It asks all the time."""

    def lost(self, positions: Mapping[str, int]) -> None:
        """Redis is dead and comes back with these positions.

        The entries behind them are checked again, perhaps before the position is looked at here.
        """
        count = positions.get(self._position, self.acknowledged)
        if count < self.acknowledged:
            self._acknowledge(count)

    async def run(self) -> None:
        """Add for ever.

        Raises:
            AcknowledgedTooFew: the position has moved back.
        """
        try:
            while True:
                try:
                    await self._add_and_look()
                except AWAY:
                    await self._close()
                    await asyncio.sleep(_RETRY_S)
        finally:
            await self._close()

    async def _close(self) -> None:
        """Close the connection; redis-py may wait for ever until it is closed (its issue 3941)."""
        with contextlib.suppress(*AWAY):
            async with asyncio.timeout(_CLOSED_WITHIN_S):
                await self._redis.aclose()

    async def _add_and_look(self) -> None:
        start = self.sent - self._first
        most = _CHUNK_AGAIN if self.sent < self._furthest else _LONGEST_CHUNK
        items = self._items[start : start + self._random.randint(1, most)]
        if self.in_flight >= _WINDOW:
            items = []
        self._told.sent(items)
        if items or self._keeps_all:  # nothing to add still tells what is there
            self.sent = await self._add(items)
            self._furthest = max(self._furthest, self.sent)
        position = cast("str | None", await cast("Any", self._redis.hget(self._position, "position")))
        self._acknowledge(int(position.split("-")[0]) if position else 0)
        await asyncio.sleep(_LONGEST_PAUSE_S * self._random.random())

    def _acknowledge(self, count: int) -> None:
        if count < self.acknowledged:
            if not self._may_go_back:
                raise AcknowledgedTooFew(f"{self.name}: {count} after {self.acknowledged}")
            self.taken_back += self.acknowledged - count
            self._told.taken_back(self._items[max(count - self._first, 0) : self.acknowledged - self._first])
        else:
            self._told.acknowledged(self._items[self.acknowledged - self._first : count - self._first])
        self.acknowledged = count

    async def _add(self, items: Sequence[Item]) -> int:
        """Add what is next; the number of entries that there are then."""
        entries = [_words(item) for item in items]
        words = [word for entry in entries for word in entry]
        width = len(entries[0]) if entries else 1
        least = 0 if self._keeps_all else self.acknowledged
        last: int = await cast("Any", self._redis.eval(_ADD, 1, self.name, self.sent, least, width, *words))
        return last


def _words(item: Item) -> list[str]:
    """An entry as field, value, field, value."""
    fields = _order(item.about, item) if isinstance(item.about, Order) else _quote(item.about, item)
    return [word for field in fields.items() for word in field]


def _order(order: Order, item: Item) -> dict[str, str]:
    return {
        "order_id": order.order_id,
        "account": str(order.account),
        "side": SIDES[order.side],
        "symbol": order.symbol,
        "quantity": repr(order.quantity),
        "price": "nan" if item.is_bad else repr(order.price),
        "transact_time": order.transact_time,
    }


def _quote(quote: Quote, item: Item) -> dict[str, str]:
    return {
        "symbol": quote.symbol,
        "transact_time": quote.transact_time,
        "bid": "nan" if item.is_bad else repr(quote.bid),
        "offer": repr(quote.offer),
    }
