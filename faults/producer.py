"""A producer that is already on Redis: adds orders to a stream, from which the checkers take them."""

import asyncio
import random
from collections.abc import Sequence
from typing import Final, cast

import redis.asyncio
from redis.exceptions import RedisError, ResponseError

from faults.frames import SIDES
from faults.market import Item, Order
from faults.sender import AcknowledgedTooFew, Told

STREAM: Final = "orders"
_WINDOW: Final = 400
_LONGEST_CHUNK: Final = 48
_LONGEST_PAUSE_S: Final = 0.03
_TIMEOUT_S: Final = 1.0
_RETRY_S: Final = 0.1
_LOOK_AGAIN_S: Final = 0.01
_POSITION: Final = f"position:{{alerts}}:stream:{STREAM}"


class Producer:
    """Adds one source's orders; the stream position tells how far they have taken effect.

    It names the entries itself, the n-th one `n-0`: an entry that is added again, because the answer was
    lost, is refused by Redis.

    Args:
        name: of the source.
        redis_port: where Redis listens.
        seed: decides the sizes of what is added at once.
        on_sent: told the items that are added, each time they are.
    """

    def __init__(self, name: str, redis_port: int, seed: str, on_sent: Told) -> None:
        self.name = name
        self._random = random.Random(seed)
        self._on_sent = on_sent
        self._redis = redis.asyncio.Redis(
            port=redis_port, decode_responses=True, socket_timeout=_TIMEOUT_S, single_connection_client=True
        )
        self._items: list[Item] = []
        self._first = 0
        self.sent = 0
        self.acknowledged = 0
        self.connected_to = ""
        self.connections = 0
        self.left_behind = 0

    @property
    def in_flight(self) -> int:
        """Entries added but not yet behind the position."""
        return self.sent - self.acknowledged

    async def deliver(self, items: list[Item]) -> None:
        """Add these next, and wait until all of them have taken effect."""
        self._first, self._items = self._first + len(self._items), items
        while self.acknowledged < self._first + len(items):
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def run(self) -> None:
        """Add for ever.

        Raises:
            AcknowledgedTooFew: the position has moved back.
        """
        try:
            while True:
                try:
                    await self._add_and_look()
                except (RedisError, OSError):
                    await self._redis.connection_pool.disconnect()
                    await asyncio.sleep(_RETRY_S)
        finally:
            await self._redis.aclose()

    async def _add_and_look(self) -> None:
        start = self.sent - self._first
        items = self._items[start : start + self._random.randint(1, _LONGEST_CHUNK)]
        if items and self.in_flight < _WINDOW:
            self._on_sent(items)
            await self._add(self.sent, items)
            self.sent += len(items)
        position = cast("str | None", await self._redis.hget(_POSITION, "position"))
        count = int(position.split("-")[0]) if position else 0
        if count < self.acknowledged:
            raise AcknowledgedTooFew(f"{self.name}: {count} after {self.acknowledged}")
        self.acknowledged = count
        await asyncio.sleep(_LONGEST_PAUSE_S * self._random.random())

    async def _add(self, number: int, items: Sequence[Item]) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        for place, item in enumerate(items, start=number + 1):
            pipeline.execute_command("XADD", STREAM, f"{place}-0", *_words(item))
        for answer in await pipeline.execute(raise_on_error=False):
            if isinstance(answer, Exception) and not _is_there_already(answer):
                raise answer


def _is_there_already(answer: Exception) -> bool:
    return isinstance(answer, ResponseError) and "equal or smaller" in str(answer)


def _words(item: Item) -> list[str]:
    """An entry as field, value, field, value."""
    order = item.about
    assert isinstance(order, Order)
    fields = {
        "order_id": order.order_id,
        "account": str(order.account),
        "side": SIDES[order.side],
        "symbol": order.symbol,
        "quantity": repr(order.quantity),
        "price": "nan" if item.is_bad else repr(order.price),
        "transact_time": order.transact_time,
    }
    return [word for field in fields.items() for word in field]
