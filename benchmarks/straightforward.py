"""The job done the straightforward way, for senders without HELLO: `quotes|orders PORT REDIS_URL`."""

import socket
import struct
import sys
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from redis import Redis

FIELDS = ("bid", "offer", "transact_time", "risky", "reason")


def payloads(connection: socket.socket) -> Iterator[bytes]:  # noqa: D103
    with connection.makefile("rb", 1 << 20) as stream:
        while header := stream.read(4):
            yield stream.read(struct.unpack(">I", header)[0])


def apply_quotes(redis: Redis, batch: list[bytes]) -> None:  # noqa: D103
    pipeline, symbols = redis.pipeline(transaction=False), set()
    for payload in batch:
        padded, when, bid, offer = struct.unpack(f">x{len(payload) - 38}s21sdd", payload)
        symbol, spread, mid = padded.strip().decode(), round(offer - bid, 8), (bid + offer) / 2
        reasons = ["spread"] * (spread >= 0.05) + ["spread_ratio"] * (mid > 0 and spread / mid >= 0.05)
        fields: dict[Any, Any] = {"bid": bid, "offer": offer, "risky": int(bool(reasons))}
        fields |= {"reason": ",".join(reasons), "transact_time": when, "updated_at": time.time_ns() // 1000}
        pipeline.hset(f"symbol:{symbol}", mapping=fields)
        symbols.add(symbol)
    pipeline.sadd("symbols", *symbols)
    pipeline.execute()


def check_orders(redis: Redis, batch: list[bytes]) -> None:  # noqa: D103
    pipeline = redis.pipeline(transaction=False)
    found = [struct.unpack(f">xBI6s{len(payload) - 49}sdd21s", payload) for payload in batch]
    for order in found:
        pipeline.hmget(f"symbol:{order[3].strip().decode()}", FIELDS)
    for order, quote in zip(found, pipeline.execute(), strict=True):
        side, account, number, symbol, quantity, price, when = order
        bid, offer, quote_time, risky, reason = ("", "", "", b"1", "no_quote") if None in quote else quote
        if risky == b"1":
            fields: dict[Any, Any] = {"order_id": number.strip(), "account": account}
            fields |= {"side": ("buy", "sell")[side - 1], "symbol": symbol.strip()}
            fields |= {"quantity": quantity, "price": price, "transact_time": when}
            fields |= {"bid": bid, "offer": offer, "quote_time": quote_time, "reason": reason}
            pipeline.xadd("alerts", fields | {"checked_at": time.time_ns() // 1000}, maxlen=1_000_000)
    pipeline.execute()


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", int(sys.argv[2]))) as listener:
        print("listening", flush=True)
        while True:
            with listener.accept()[0] as sender, Redis.from_url(sys.argv[3]) as client:
                source = payloads(sender)
                while some := list(islice(source, 100)):
                    {"quotes": apply_quotes, "orders": check_orders}[sys.argv[1]](client, some)
