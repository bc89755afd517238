"""The senders that programs use, against a real checker and a real ingestor."""

import asyncio

import pytest
from redis import Redis

from market_spread import AsyncOrderSender, Order, OrderSender, Quote, QuoteSender, SenderError
from tests.support.market import entries_after, quote_of
from tests.support.processes import Processes, wait_until

ORDERS = 3000


def order(number: int) -> Order:
    """An order on a symbol without a quote, so that it alerts; its account is its number."""
    return Order.of(side="buy", account=number, order_id="A1", symbol="BTU", quantity=1, price=1)


def accounts(client: Redis) -> list[int]:
    """The numbers of the orders that alerted, in order."""
    return [int(alert["account"]) for alert in entries_after(client)]


def test_a_killed_checker_costs_nothing(processes: Processes, redis_url: str, redis_client: Redis) -> None:
    """The checker is killed under load and started again: every order alerts exactly once, in order."""
    checker = processes.check(redis_url)
    host, port = checker.address()
    with OrderSender(f"{host}:{port}", source="desk-a", window=500) as sender:
        for number in range(ORDERS):
            sender.send(order(number))
            if number == ORDERS // 2:
                checker.kill()
                checker = processes.check(redis_url, "--listen", f"{host}:{port}")
    assert sender.acknowledged == ORDERS
    assert accounts(redis_client) == list(range(ORDERS))


def test_a_program_that_died_resumes(processes: Processes, redis_url: str, redis_client: Redis) -> None:
    """The next one under its source goes on behind what has taken effect; nothing is missing or twice."""
    feed = "{}:{}".format(*processes.check(redis_url).address())
    first = OrderSender(feed, source="desk-a")
    for number in range(ORDERS // 2):
        first.send(order(number))
    wait_until(lambda: first.acknowledged > 0, "some have taken effect")
    first.abort()

    async def resume() -> None:
        async with AsyncOrderSender(feed, source="desk-a") as sender:
            for number in range(sender.position, ORDERS):
                await sender.send(order(number))

    asyncio.run(resume())
    assert accounts(redis_client) == list(range(ORDERS))


def test_a_second_one_under_the_name_ends_the_first(
    processes: Processes, redis_url: str, redis_client: Redis
) -> None:
    """The first one hears that it is fenced, and does not come back."""
    feed = "{}:{}".format(*processes.check(redis_url).address())
    first = OrderSender(feed, source="desk-a")
    first.send(order(0))
    first.flush()
    with OrderSender(feed, source="desk-a") as second:
        assert second.position == 1
        with pytest.raises(SenderError, match="fenced"):
            first.close()
        second.send(order(1))
    assert accounts(redis_client) == [0, 1]


def test_quotes(processes: Processes, redis_url: str, redis_client: Redis) -> None:
    """Once all is acknowledged the hash has the last one."""
    feed = "{}:{}".format(*processes.ingest(redis_url).address())
    with QuoteSender(feed, source="feed-a") as sender:
        for place in range(100):
            sender.send(Quote.of(symbol="BTU", bid=10.0, offer=10.0 + place))
        sender.flush()
        assert quote_of(redis_client, "BTU")["offer"] == "109.0"
