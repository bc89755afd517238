"""The job that all peers have: frames of 4-byte symbols to plain values, the rule, and what an alert says."""

import json
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from redis import Redis

QUOTE_FIELDS: Final = ("bid", "offer", "transact_time", "risky", "reason")
_QUOTE: Final = struct.Struct(">5x4s21sdd")
_ORDER: Final = struct.Struct(">5xBI6s4sdd21s")
_AT_ONCE: Final = 1000


class Quote(NamedTuple):
    """A quote and the verdict on it."""

    symbol: str
    bid: float
    offer: float
    transact_time: str
    reason: str

    def fields(self) -> dict[Any, Any]:
        """As a hash."""
        risky, now = int(bool(self.reason)), time.time_ns() // 1000
        return {**self._asdict(), "risky": risky, "updated_at": now}


class Order(NamedTuple):
    """An order."""

    side: str
    account: int
    order_id: str
    symbol: str
    quantity: float
    price: float
    transact_time: str

    def alert(self, bid: object, offer: object, quote_time: object, reason: object) -> dict[Any, Any]:
        """The alert that it raises on such a market."""
        market = {"bid": bid, "offer": offer, "quote_time": quote_time, "reason": reason}
        return {**self._asdict(), **market, "checked_at": time.time_ns() // 1000}


def read_quotes(path: Path) -> Iterator[Quote]:
    """The quotes in a file of frames."""
    for symbol, when, bid, offer in _QUOTE.iter_unpack(path.read_bytes()):
        spread, mid = round(offer - bid, 8), (bid + offer) / 2
        reasons = ["spread"] * (spread >= 0.05) + ["spread_ratio"] * (mid > 0 and spread / mid >= 0.05)
        yield Quote(symbol.strip().decode(), bid, offer, when.decode(), ",".join(reasons))


def read_orders(path: Path) -> Iterator[Order]:
    """The orders in a file of frames."""
    for side, account, number, symbol, quantity, price, when in _ORDER.iter_unpack(path.read_bytes()):
        names = number.strip().decode(), symbol.strip().decode()
        yield Order("buy" if side == 1 else "sell", account, *names, quantity, price, when.decode())


class Task(NamedTuple):
    """What a peer is asked to do."""

    quotes: Path
    orders: Path
    url: str
    variant: str


def task() -> Task:
    """From the command line."""
    quotes, orders, url, *variant = sys.argv[1:]
    return Task(Path(quotes), Path(orders), url, " ".join(variant))


def report(seconds: float) -> None:
    """Tell the suite how long it took."""
    print(json.dumps({"seconds": seconds}))


def publish(alerts: list[dict[Any, Any]], url: str) -> None:
    """Put alerts of a peer that knows no Redis there, for comparing them; takes no part in its time."""
    with Redis.from_url(url) as redis:
        for first in range(0, len(alerts), _AT_ONCE):
            pipeline = redis.pipeline(transaction=False)
            for fields in alerts[first : first + _AT_ONCE]:
                pipeline.xadd("alerts", fields)
            pipeline.execute()
