"""FastStream with Redis streams: one message at once (`each`) or 100 (`batch`).

Publishing to the streams beforehand takes no part in the time.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice
from typing import Any

from faststream.redis import RedisBroker, StreamSub
from redis.asyncio import Redis

from benchmarks.peers.job import QUOTE_FIELDS, Order, Quote, Task, read_orders, read_quotes, report, task

Message = dict[str, Any]
Handler = Callable[[list[Message]], Awaitable[None]]


class Market:
    """What the subscribers do, until so many messages have come.

    Args:
        redis: where hashes and alerts go.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.left = 0
        self.done = asyncio.Event()

    async def apply_quotes(self, quotes: list[Message]) -> None:
        """Quotes to hashes."""
        pipeline = self._redis.pipeline(transaction=False)
        for quote in (Quote(**each) for each in quotes):
            pipeline.hset(f"symbol:{quote.symbol}", mapping=quote.fields())
        await pipeline.execute()
        self._count(len(quotes))

    async def check_orders(self, messages: list[Message]) -> None:
        """Orders against the hashes."""
        orders = [Order(**each) for each in messages]
        pipeline = self._redis.pipeline(transaction=False)
        for order in orders:
            pipeline.hmget(f"symbol:{order.symbol}", QUOTE_FIELDS)
        for order, (bid, offer, when, risky, reason) in zip(orders, await pipeline.execute(), strict=True):
            if risky == "1":
                pipeline.xadd("alerts", order.alert(bid, offer, when, reason))
        await pipeline.execute()
        self._count(len(orders))

    def _count(self, messages: int) -> None:
        self.left -= messages
        if not self.left:
            self.done.set()


def one_by_one(handle: Handler) -> Callable[[Message], Awaitable[None]]:
    """A handler of single messages."""

    async def handle_one(message: Message) -> None:
        await handle([message])

    return handle_one


async def fill(broker: RedisBroker, stream: str, messages: Iterable[Quote | Order]) -> int:
    """Publish messages; how many there were."""
    count, rest = 0, iter(messages)
    while some := list(islice(rest, 100)):
        await asyncio.gather(*(broker.publish(each._asdict(), stream=stream) for each in some))
        count += len(some)
    return count


async def run(todo: Task) -> float:
    """All quotes, then all orders; seconds without publishing."""
    seconds, in_batches = 0.0, todo.variant == "batch"
    for stream, messages in (("quotes", read_quotes(todo.quotes)), ("orders", read_orders(todo.orders))):
        async with (
            Redis.from_url(todo.url, decode_responses=True) as redis,
            RedisBroker(todo.url, logger=None) as broker,
        ):
            market = Market(redis)
            market.left = await fill(broker, stream, messages)
            handle: Handler = market.apply_quotes if stream == "quotes" else market.check_orders
            subscription = StreamSub(stream, last_id="0", batch=in_batches, max_records=100)
            broker.subscriber(stream=subscription)(handle if in_batches else one_by_one(handle))
            began = time.monotonic()
            await broker.start()
            await market.done.wait()
            seconds += time.monotonic() - began
    return seconds


if __name__ == "__main__":
    report(asyncio.run(run(task())))
