"""A hot standby that took over: what the former owner says when it goes on."""

import os
import signal
from typing import Any

import pytest
from redis import Redis

from tests.support.processes import Processes, wait_until

ORDER: dict[Any, Any] = {
    "order_id": "order1",
    "account": "7",
    "side": "buy",
    "symbol": "NONE",
    "quantity": "100.0",
    "price": "10.0",
    "transact_time": "20260105-14:30:00.000",
}


@pytest.mark.slow
def test_orders_that_the_standby_checked_and_trimmed_are_not_called_lost(
    redis_url: str, redis_client: Redis, processes: Processes
) -> None:
    """A former owner that finds a trimmed stream learns that it is fenced, and raises no false alarm."""
    words = ("--listen", "none", "--stream", "orders")
    owner = processes.check(redis_url, *words)
    owner.wait_for("taking what comes in the stream")
    standby = processes.check(redis_url, *words)
    os.kill(owner.pid, signal.SIGSTOP)
    for _ in range(50):
        redis_client.xadd("orders", ORDER)
    wait_until(lambda: redis_client.xlen("alerts") == 50, "the standby takes over")
    wait_until(lambda: redis_client.xlen("orders") <= 1, "the stream is trimmed")
    redis_client.xadd("orders", ORDER)
    wait_until(lambda: redis_client.xlen("alerts") == 51, "one more is checked")
    os.kill(owner.pid, signal.SIGCONT)
    owner.wait_for("has another owner")
    assert not owner.events("trimmed unread")
    assert not standby.events("trimmed unread")
    assert redis_client.xlen("alerts") == 51, "each order is checked once"
