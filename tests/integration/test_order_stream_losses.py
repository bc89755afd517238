"""A stream of orders that was deleted, trimmed or broken: what can be checked is, the rest is said."""

from functools import partial

import pytest
from redis import Redis

from tests.support import frames
from tests.support.market import metrics, wait_for_metric
from tests.support.order_streams import add, checked, checker
from tests.support.processes import Process, Processes, wait_until
from tests.support.raw_sender import send_all
from tests.support.servers import chosen_kinds, make_server

POSITION = "position:{alerts}:stream:orders"


def stop(process: Process) -> None:
    """End a checker in good order."""
    process.terminate()
    assert process.wait() == 0


def check_some(client: Redis, processes: Processes, url: str, count: int) -> None:
    """Let a checker check so many orders, and end."""
    for number in range(count):
        add(client, number)
    first = checker(processes, url, "orders")
    wait_until(lambda: len(checked(client)) == count, "the first orders are checked")
    stop(first)


def test_a_stream_begun_anew_is_checked_and_what_was_trimmed_of_it_counted(
    redis_client: Redis, redis_url: str, processes: Processes
) -> None:
    """Deleted and filled again while nobody reads: its own entries count, not those that it had before."""
    check_some(redis_client, processes, redis_url, 20)
    redis_client.delete("orders")
    for number in range(100, 110):
        add(redis_client, number)
    redis_client.xtrim("orders", maxlen=3, approximate=False)

    second = checker(processes, redis_url, "orders")

    wait_until(lambda: len(checked(redis_client)) == 23, "what is left is checked")
    assert checked(redis_client)[20:] == [107, 108, 109]
    second.wait_for("7 entries of the stream orders were trimmed unread")
    wait_for_metric(second, "stream_trimmed_total", 7)


@pytest.mark.slow
def test_a_stream_begun_anew_under_a_checker_raises_no_false_alarm(
    redis_client: Redis, redis_url: str, processes: Processes
) -> None:
    """Deleted between orders: later ones are checked, and nothing is called trimmed, now or afterwards."""
    for number in range(5):
        add(redis_client, number)
    process = checker(processes, redis_url, "orders")
    wait_until(lambda: len(checked(redis_client)) == 5, "the first orders are checked")
    redis_client.delete("orders")
    for number in range(5, 30):
        add(redis_client, number)
    wait_until(lambda: len(checked(redis_client)) == 30, "the new stream is checked")
    wait_until(lambda: redis_client.xlen("orders") <= 1, "the new stream is trimmed")
    add(redis_client, 30)
    wait_until(lambda: len(checked(redis_client)) == 31, "so is what follows")

    assert checked(redis_client) == list(range(31))
    assert metrics(process)["stream_trimmed_total"] == 0
    assert not process.events("trimmed unread")


def is_last_checked(client: Redis, number: int) -> bool:
    """Whether an order is the last one that has alerted."""
    return checked(client)[-1:] == [number]


@pytest.mark.slow
def test_what_is_added_again_after_a_loss_is_checked_though_it_is_less_than_was_lost(
    processes: Processes,
) -> None:
    """Redis goes back by ten entries, and five are added again: nobody waits for an eleventh."""
    server = make_server(chosen_kinds()[0]).start()
    try:
        with Redis(port=server.port) as client:
            for number in range(1, 6):
                add(client, number, entry=f"{number}-0")
            owner = checker(processes, server.url, "orders", words=("--keep-orders",))
            wait_until(lambda: len(checked(client)) == 5, "the first orders are checked")
            client.save()
            for number in range(6, 16):
                add(client, number, entry=f"{number}-0")
            wait_until(lambda: len(checked(client)) == 15, "all orders are checked")
            server.kill()
            server.start()
            owner.wait_for("the stream orders: Redis has lost the position of")
            for number in range(6, 11):
                add(client, number, entry=f"{number}-0")
                wait_until(partial(is_last_checked, client, number), "what is added again is checked")
            assert checked(client) == list(range(1, 11))
    finally:
        server.close()


@pytest.mark.slow
def test_a_stream_that_ends_before_the_position_is_left_alone(
    redis_client: Redis, redis_url: str, processes: Processes
) -> None:
    """Smaller IDs than were checked: unread entries are not trimmed, and the log says what to do."""
    check_some(redis_client, processes, redis_url, 5)
    redis_client.delete("orders")
    for number in range(1, 6):
        add(redis_client, number, entry=f"1000-{number}")

    process = checker(processes, redis_url, "orders")

    process.wait_for("neither takes effect nor is trimmed")
    wait_for_metric(process, "stream_lag{orders}", 5)
    assert redis_client.xlen("orders") == 5
    stop(process)
    redis_client.delete(POSITION)
    checker(processes, redis_url, "orders")
    wait_until(lambda: len(checked(redis_client)) == 10, "without the position all of it is checked")


@pytest.mark.slow
def test_orders_that_are_all_trimmed_unread_are_counted_at_once(
    redis_client: Redis, redis_url: str, processes: Processes
) -> None:
    """Nothing is left to be read: what is missing is said all the same, once, whoever starts then."""
    check_some(redis_client, processes, redis_url, 5)
    for number in range(5, 55):
        add(redis_client, number)
    redis_client.xtrim("orders", maxlen=0, approximate=False)

    second = checker(processes, redis_url, "orders")

    second.wait_for("50 entries of the stream orders were trimmed unread")
    wait_for_metric(second, "stream_trimmed_total", 50)
    wait_for_metric(second, "stream_lag{orders}", 0)
    stop(second)
    third = checker(processes, redis_url, "orders")
    add(redis_client, 55)
    wait_until(lambda: checked(redis_client)[-1] == 55, "the next order is checked")
    assert not third.events("trimmed unread")


@pytest.mark.parametrize(
    ("position", "said"),
    [(None, "WRONGTYPE"), ("1-1", "is not a position of a stream")],
)
def test_a_broken_position_holds_up_nobody_else(
    redis_client: Redis, redis_url: str, processes: Processes, position: str | None, said: str
) -> None:
    """The log names its key, orders by TCP go on, and the stream's when it is repaired."""
    if position is None:
        redis_client.rpush(POSITION, "what")
    else:
        redis_client.hset(POSITION, "position", position)
    process = processes.check(redis_url, "--stream", "orders")
    add(redis_client, 1)

    assert POSITION in process.wait_for(said)["event"]
    send_all(process.address(), frames.order(b"NONE", account=2))
    assert checked(redis_client) == [2]

    redis_client.delete(POSITION)
    wait_until(lambda: checked(redis_client) == [2, 1], "the stream is checked")


@pytest.mark.slow
def test_a_stream_that_is_none_any_more_is_asked_for_slowly(
    redis_client: Redis, redis_url: str, processes: Processes
) -> None:
    """A key of another type in its place costs next to nothing until it is repaired."""
    add(redis_client, 0)
    process = checker(processes, redis_url, "orders")
    wait_until(lambda: checked(redis_client) == [0], "the first order is checked")
    redis_client.delete("orders")
    redis_client.set("orders", "what")
    process.wait_for("the stream orders cannot be read")

    before, at = reads(redis_client), reported_at(redis_client)
    wait_until(lambda: reported_at(redis_client) > at + 1_500_000, "some time has passed")
    assert reads(redis_client) - before < 100

    redis_client.delete("orders")
    add(redis_client, 1)
    wait_until(lambda: checked(redis_client) == [0, 1], "the stream is checked")


def reads(client: Redis) -> int:
    """How often the server was asked to read a stream."""
    calls: int = client.info("commandstats")["cmdstat_xread"]["calls"]
    return calls


def reported_at(client: Redis) -> int:
    """When the checker reported last, microseconds."""
    (key,) = client.scan_iter("service:check:*")
    return int(client.hget(key, "updated_at") or 0)


def test_a_stream_that_is_none_holds_up_nobody_else(
    redis_client: Redis, redis_url: str, processes: Processes
) -> None:
    """A key of another type is said once, orders by TCP go on, and the stream's when it is one."""
    redis_client.set("orders", "what")
    process = processes.check(redis_url, "--stream", "orders")
    process.wait_for("the stream orders cannot be read")
    send_all(process.address(), frames.order(b"NONE", account=2))
    assert checked(redis_client) == [2]

    redis_client.delete("orders")
    add(redis_client, 1)
    wait_until(lambda: checked(redis_client) == [2, 1], "the stream is checked")
    assert len(process.events("the stream orders cannot be read")) == 1
