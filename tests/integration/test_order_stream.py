"""Orders from a Redis stream: checked once each, by whichever checker, whatever happens."""

import os
import signal
from collections import Counter
from typing import Any

from redis import Redis

from services.cli.local.embedded import Server
from tests.support import frames
from tests.support.market import entries_after, metrics, wait_for_metric
from tests.support.order_streams import add, checked, checker
from tests.support.processes import Processes, wait_until
from tests.support.raw_sender import send_all


def test_every_entry_is_checked_once_and_trimmed(
    redis_client: Redis, redis_server: Server, processes: Processes
) -> None:
    """Entries from before and after the start alert in order, and are taken out of the stream."""
    added = [add(redis_client, number) for number in range(5)]
    checker(processes, redis_server.url, "orders")
    wait_until(lambda: len(checked(redis_client)) == 5, "what was there is checked")
    added += [add(redis_client, number) for number in range(5, 2500)]
    wait_until(lambda: len(checked(redis_client)) == 2500, "what came later is checked")

    assert checked(redis_client) == list(range(2500))
    assert [alert["sequence"] for alert in entries_after(redis_client)] == added
    assert entries_after(redis_client)[7] | {"checked_at": "", "sequence": ""} == {
        "order_id": "000007", "account": "7", "side": "buy", "symbol": "NONE", "quantity": "100.0",
        "price": "10.5", "transact_time": "20260105-14:30:00.000", "bid": "", "offer": "",
        "quote_time": "", "reason": "no_quote", "checked_at": "", "quote_at": "",
        "source": "stream:orders", "sequence": "",
    }  # fmt: skip
    wait_until(lambda: redis_client.xlen("orders") <= 1, "checked orders are trimmed")


def test_orders_are_kept_on_demand_and_not_checked_again(
    redis_client: Redis, redis_server: Server, processes: Processes
) -> None:
    """With --keep-orders entries stay, and a restarted checker goes on behind them."""
    add(redis_client, 1)
    first = checker(processes, redis_server.url, "orders", words=("--keep-orders",))
    wait_until(lambda: checked(redis_client) == [1], "the first order is checked")
    first.terminate()
    assert first.wait() == 0
    add(redis_client, 2)
    checker(processes, redis_server.url, "orders", words=("--keep-orders",))
    wait_until(lambda: len(checked(redis_client)) > 1, "the second order is checked")
    assert checked(redis_client) == [1, 2]
    assert redis_client.xlen("orders") == 2


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"symbol": None}, "symbol"),
    ({"symbol": " "}, "symbol"),
    ({"symbol": "A" * 65}, "symbol"),
    ({"symbol": "A\tB"}, "symbol"),
    ({"side": None}, "side"),
    ({"side": "hold"}, "side"),
    ({"order_id": "7" * 65}, "order_id"),
    ({"order_id": "\u20ac"}, "order_id"),
    ({"account": "9" * 5000}, "account"),
    ({"account": b"\0"}, "account"),
    ({"transact_time": "2" * 36}, "transact_time"),
    ({"quantity": "nan"}, "number"),
    ({"quantity": "1_000"}, "number"),
    ({"price": " 5"}, "number"),
    ({"price": "much"}, "number"),
]


def test_malformed_entries_are_set_aside_and_block_nothing(
    redis_client: Redis, redis_server: Server, processes: Processes
) -> None:
    """Entries that are no orders are counted and stored under their reasons; those between are checked."""
    refused = {}
    for number, (changes, reason) in enumerate(MALFORMED):
        add(redis_client, number)
        refused[add(redis_client, 100, **changes)] = reason
    add(redis_client, len(MALFORMED))
    process = checker(processes, redis_server.url, "orders")
    wait_until(lambda: len(checked(redis_client)) > len(MALFORMED), "the orders between are checked")
    wait_until(lambda: redis_client.xlen("rejected") == len(MALFORMED), "the others are set aside")

    assert checked(redis_client) == list(range(len(MALFORMED) + 1))
    rejected = entries_after(redis_client, stream="rejected")
    assert [each["reason"] for each in rejected] == list(refused.values())
    assert {(each["feed"], each["peer"]) for each in rejected} == {("orders", "stream orders")}
    counts = metrics(process)
    for reason, count in Counter(refused.values()).items():
        assert counts[f"orders_rejected_total{{{reason}}}"] == count
    for entry, reason in refused.items():
        process.wait_for(f"entry {entry} refused: {reason}")


def test_a_standby_takes_over_when_the_owner_dies(
    redis_client: Redis, redis_server: Server, processes: Processes
) -> None:
    """The second checker stands by; when the first is killed it goes on where that one's commits ended."""
    owner = checker(processes, redis_server.url, "orders")
    standby = checker(processes, redis_server.url, "orders")
    standby.wait_for("standing by")
    for number in range(100):
        add(redis_client, number)
    wait_until(lambda: len(checked(redis_client)) == 100, "the owner checks")
    owner.kill()
    for number in range(100, 200):
        add(redis_client, number)
    wait_until(lambda: len(checked(redis_client)) == 200, "the standby takes over")
    assert checked(redis_client) == list(range(200))
    standby.wait_for("taking what comes in the stream")


def test_an_owner_that_stood_still_finds_that_it_is_none_any_more(
    redis_client: Redis, redis_server: Server, processes: Processes
) -> None:
    """A paused owner is replaced; when it wakes its commit is refused and it stands by: no order twice."""
    owner = checker(processes, redis_server.url, "orders")
    add(redis_client, 0)
    wait_until(lambda: checked(redis_client) == [0], "the owner checks")
    standby = checker(processes, redis_server.url, "orders")
    standby.wait_for("standing by")
    os.kill(owner.pid, signal.SIGSTOP)
    for number in range(1, 300):
        add(redis_client, number)
    wait_until(lambda: len(checked(redis_client)) == 300, "the standby takes over")
    os.kill(owner.pid, signal.SIGCONT)
    for number in range(300, 400):
        add(redis_client, number)
    wait_until(lambda: len(checked(redis_client)) == 400, "all are checked")
    owner.wait_for("has another owner: standing by")
    assert checked(redis_client) == list(range(400))


def test_streams_are_shared_out_and_taken_over(
    redis_client: Redis, redis_server: Server, processes: Processes
) -> None:
    """Two checkers that name two streams in different order have one each, until one of them dies."""
    one = checker(processes, redis_server.url, "a", "b")
    wait_until(lambda: len(one.events("taking what comes in the stream")) == 2, "the first has both")
    other = checker(processes, redis_server.url, "b", "a")
    other.wait_for("taking what comes in the stream b")
    for number in range(50):
        add(redis_client, number, stream="a")
        add(redis_client, 1000 + number, stream="b")
    wait_until(lambda: len(checked(redis_client)) == 100, "both streams are checked")
    one.wait_for("the stream b has another owner")
    other.kill()
    for number in range(50, 100):
        add(redis_client, 1000 + number, stream="b")
    wait_until(lambda: len(checked(redis_client)) == 150, "the first takes the second stream over")
    assert sorted(checked(redis_client)) == [*range(50), *range(1000, 1100)]


def test_entries_trimmed_unread_are_counted_and_logged(
    redis_client: Redis, redis_server: Server, processes: Processes
) -> None:
    """What somebody trimmed before it was checked is said, with its number; the rest is checked."""
    first = checker(processes, redis_server.url, "orders")
    add(redis_client, 0)
    wait_until(lambda: checked(redis_client) == [0], "the first order is checked")
    first.terminate()
    first.wait()
    for number in range(1, 11):
        add(redis_client, number)
    redis_client.xtrim("orders", maxlen=3, approximate=False)
    second = checker(processes, redis_server.url, "orders")
    wait_until(lambda: len(checked(redis_client)) == 4, "what is left is checked")
    assert checked(redis_client) == [0, 8, 9, 10]
    second.wait_for("7 entries of the stream orders were trimmed unread")
    wait_for_metric(second, "stream_trimmed_total", 7)


def test_both_intakes_run_in_one_process(
    redis_client: Redis, redis_server: Server, processes: Processes
) -> None:
    """A checker takes orders by TCP and from a stream at the same time."""
    process = processes.check(redis_server.url, "--stream", "orders")
    add(redis_client, 1)
    send_all(process.address(), frames.order(b"NONE", account=2))
    wait_until(lambda: len(checked(redis_client)) == 2, "both are checked")
    assert sorted(checked(redis_client)) == [1, 2]
