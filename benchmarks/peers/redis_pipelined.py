"""redis-py in pipelines of 100."""

import time
from itertools import islice

from redis import Redis

from benchmarks.peers.job import QUOTE_FIELDS, read_orders, read_quotes, report, task


def main() -> None:
    """Quotes to hashes, then orders against them."""
    todo = task()
    began = time.monotonic()
    with Redis.from_url(todo.url, decode_responses=True) as redis:
        quotes, orders = read_quotes(todo.quotes), read_orders(todo.orders)
        while some := list(islice(quotes, 100)):
            pipeline = redis.pipeline(transaction=False)
            for quote in some:
                pipeline.hset(f"symbol:{quote.symbol}", mapping=quote.fields())
            pipeline.execute()
        while batch := list(islice(orders, 100)):
            pipeline = redis.pipeline(transaction=False)
            for order in batch:
                pipeline.hmget(f"symbol:{order.symbol}", QUOTE_FIELDS)
            for order, (bid, offer, when, risky, reason) in zip(batch, pipeline.execute(), strict=True):
                if risky == "1":
                    pipeline.xadd("alerts", order.alert(bid, offer, when, reason))
            pipeline.execute()
    report(time.monotonic() - began)


if __name__ == "__main__":
    main()
