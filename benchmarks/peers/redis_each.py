"""redis-py, one round trip for each message and each alert."""

import time

from redis import Redis

from benchmarks.peers.job import QUOTE_FIELDS, read_orders, read_quotes, report, task


def main() -> None:
    """Quotes to hashes, then orders against them."""
    todo = task()
    began = time.monotonic()
    with Redis.from_url(todo.url, decode_responses=True) as redis:
        for quote in read_quotes(todo.quotes):
            redis.hset(f"symbol:{quote.symbol}", mapping=quote.fields())
        for order in read_orders(todo.orders):
            bid, offer, when, risky, reason = redis.hmget(f"symbol:{order.symbol}", QUOTE_FIELDS)
            if risky == "1":
                redis.xadd("alerts", order.alert(bid, offer, when, reason))
    report(time.monotonic() - began)


if __name__ == "__main__":
    main()
