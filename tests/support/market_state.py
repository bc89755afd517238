"""What the services write into Redis, written by the tests."""

from typing import Any

from redis import Redis

from shared.market import keys


def put_symbol(
    redis: Redis,
    name: str,
    *,
    bid: float = 10.0,
    offer: float = 10.01,
    reason: str = "",
    updated_at: int = 1,
    **more: str | int,
) -> None:
    """Write a symbol's quote as every version does, and what `more` there is to say."""
    values = (repr(bid), repr(offer), int(bool(reason)), reason, "20151221-14:30:00.123", updated_at)
    fields: dict[Any, Any] = {**dict(zip(keys.QUOTE_FIELDS, values, strict=True)), **more}
    redis.hset(keys.symbol(name), mapping=fields)
    redis.sadd(keys.SYMBOLS, name)


def alert_fields(**changes: str | bytes | int) -> dict[Any, Any]:
    """An alert's fields as the checker writes them."""
    return {
        "order_id": "Zr6vXo",
        "account": 4217,
        "side": "buy",
        "symbol": "BTU",
        "quantity": "100.0",
        "price": "10.05",
        "transact_time": "20151221-14:30:00.120",
        "bid": "10.0",
        "offer": "10.05",
        "quote_time": "20151221-14:29:59.980",
        "reason": "spread",
        "checked_at": 1450708200123456,
        "quote_at": 1450708199987654,
        "source": "",
        "sequence": 4711,
        **changes,
    }


def put_alerts(redis: Redis, count: int, **changes: str | bytes | int) -> list[str]:
    """Write alerts with the account numbers 0, 1, 2 … as the checker does; their IDs."""
    ids: list[str] = []
    for first in range(0, count, 1000):
        with redis.pipeline(transaction=False) as pipe:
            for number in range(first, min(first + 1000, count)):
                pipe.xadd(keys.ALERTS, alert_fields(**{"account": number, **changes}))
            ids += [each.decode() for each in pipe.execute()]
    return ids
