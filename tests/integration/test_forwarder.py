"""The forwarder, as a process: the real alerts, receivers that are killed, and alerts that are gone."""

import random
import threading
import time
from pathlib import Path

import pytest
from redis import Redis
from redis.typing import EncodableT, FieldT

from tests.support import frames, receiver
from tests.support.market import Market, entries_after, metrics, wait_for_metric
from tests.support.memory import resident_kb
from tests.support.processes import Processes, wait_until
from tests.support.receiving import (
    ALERT,
    OVERLAP,
    Receiving,
    add_alerts,
    assert_complete,
    position,
    start_forwarder,
)
from tests.support.servers import data_file

WIDE: dict[FieldT, EncodableT] = {
    "order_id": "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "account": "DESK-7/ALGO 2",
    "side": "sell_short",
    "symbol": "AAPL  251219C00200000",
    "price": "",
    "offer": "",
}


def first_id(client: Redis) -> str:
    """The ID of the first alert."""
    ((entry_id, _),) = client.xrange("alerts", count=1)  # type: ignore[misc]
    assert isinstance(entry_id, bytes)
    return entry_id.decode()


def test_the_real_alerts_arrive_as_the_frames_of_the_contract(
    processes: Processes, redis_client: Redis, redis_url: str, receiving: Receiving, tmp_path: Path
) -> None:
    """The alerts of the real data, read independently, are those of the stream in all fields."""
    market = Market(processes, redis_url)
    market.send_quotes(*frames.split(data_file("nbbo-350-symbols.msg").read_bytes()))
    start_forwarder(processes, redis_url, receiving.address)

    market.send_orders(*frames.split(data_file("orders-1000-long-symbols.msg").read_bytes()))

    right = [
        receiver.Result(
            {"buy": 1, "sell": 2}[alert["side"]],
            int(alert["account"]),
            alert["order_id"].rjust(6).encode(),
            alert["symbol"].rjust(4).encode(),
            float(alert["quantity"]),
            float(alert["price"]),
            float(alert["bid"] or "0"),
            float(alert["offer"] or "0"),
            int(alert["checked_at"]) // 10,
        )
        for alert in entries_after(redis_client)
    ]
    assert len(right) == 106
    assert {len(result.symbol) for result in right} == {4, 5}
    wait_until(lambda: receiver.connections(tmp_path) == [right], "the same alerts at the receiver")


@pytest.mark.slow
def test_a_receiver_that_is_killed_and_started_again_misses_nothing(
    processes: Processes, redis_client: Redis, redis_url: str, receiving: Receiving
) -> None:
    """Killed at random moments under load, reading or not: no gap, in order, whatever was sent twice."""
    alerts, kills, chance = 30_000, 9, random.Random(1)

    def produce() -> None:
        for first in range(0, alerts, 500):
            add_alerts(redis_client, first, 500)
            time.sleep(0.03)

    start_forwarder(processes, redis_url, receiving.address)
    producer = threading.Thread(target=produce)
    producer.start()
    for number in range(kills):
        if number % 3 == 0:  # the others may be killed before they have read anything
            wait_until(receiving.has_read, "something is read")
        time.sleep(chance.uniform(0.0, 0.2))
        receiving.kill()
        receiving.start(*["deaf"] * (number % 3 == 1)).wait_for("connected")
    producer.join()
    receiving.wait_for(alerts - 1)

    connections = receiving.connections()
    assert_complete(connections, alerts)
    assert sum(map(len, connections)) > alerts
    assert len(list(filter(None, connections))) > kills / 3


@pytest.mark.slow
def test_the_position_stays_behind_what_nobody_acknowledged(
    processes: Processes, redis_client: Redis, redis_url: str, receiving: Receiving
) -> None:
    """With a receiver that reads nothing the position stops, no memory grows, and the lag tells."""
    receiving.kill()
    receiving.start("deaf")
    add_alerts(redis_client, 0, 1000)
    process = start_forwarder(processes, redis_url, receiving.address)
    wait_until(lambda: position(redis_client) > 0, "something acknowledged")
    before_kb = resident_kb(process.pid)

    add_alerts(redis_client, 1000, 30_000)
    wait_until(lambda: metrics(process)["forward_lag"] > 30_000, "the lag")

    assert 0 < position(redis_client) < OVERLAP
    wait_until(lambda: metrics(process)["forward_lag"] == 31_000 - position(redis_client), "the exact lag")
    assert resident_kb(process.pid) - before_kb < 4096

    receiving.kill()
    receiving.start()
    receiving.wait_for(30_999)
    assert_complete(receiving.connections(), 31_000)
    wait_for_metric(process, "forward_lag", 0)
    assert metrics(process)["forwarded_total"] == 31_000
    assert metrics(process)["forward_reconnects_total"] == 1


def test_a_receiver_that_stands_still_gets_the_rest_later(
    processes: Processes, redis_client: Redis, redis_url: str, receiving: Receiving
) -> None:
    """A receiver that is stopped for a while under load gets each alert once, over the same connection."""
    start_forwarder(processes, redis_url, receiving.address)
    add_alerts(redis_client, 0, 1000)
    receiving.wait_for(999)

    receiving.pause()
    add_alerts(redis_client, 1000, 20_000)
    wait_until(lambda: position(redis_client) > 1000, "something acknowledged")
    receiving.resume()
    receiving.wait_for(20_999)

    assert receiving.connections() == [list(range(21_000))]


def test_what_was_trimmed_before_it_was_sent_is_counted_and_said(
    processes: Processes, redis_client: Redis, redis_url: str, receiving: Receiving
) -> None:
    """Of the alerts trimmed while the receiver was away, exactly those that it never got count."""
    process = start_forwarder(processes, redis_url, receiving.address)
    add_alerts(redis_client, 0, 2000)
    receiving.wait_for(1999)
    wait_until(lambda: position(redis_client) == 2000, "all acknowledged")
    receiving.kill()
    add_alerts(redis_client, 2000, 3000)

    redis_client.xtrim("alerts", maxlen=1200, approximate=False)
    receiving.start()
    receiving.wait_for(4999)

    assert sorted({*range(5000)} - {*receiving.received()}) == list(range(2000, 3800))
    wait_for_metric(process, "forward_skipped_total{trimmed}", 1800)
    assert "1800 alerts were not sent: trimmed" in process.wait_for("were not sent")["event"]
    receiving.kill()
    receiving.start()
    add_alerts(redis_client, 5000, 1)
    receiving.wait_for(5000)
    assert metrics(process)["forward_skipped_total{trimmed}"] == 1800


def test_trimming_what_was_sent_is_nobodys_loss(
    processes: Processes, redis_client: Redis, redis_url: str, receiving: Receiving
) -> None:
    """Alerts that were acknowledged, or gone before the forwarder's first start, are not counted."""
    add_alerts(redis_client, 0, 100)
    redis_client.xtrim("alerts", maxlen=50, approximate=False)
    process = start_forwarder(processes, redis_url, receiving.address)
    receiving.wait_for(99)
    wait_until(lambda: position(redis_client) == 100, "all acknowledged")

    redis_client.xtrim("alerts", maxlen=0, approximate=False)
    receiving.kill()
    receiving.start()
    add_alerts(redis_client, 100, 10)
    receiving.wait_for(109)

    assert receiving.received() == list(range(50, 110))
    assert metrics(process)["forward_skipped_total{trimmed}"] == 0


def test_what_a_frame_does_not_hold_is_cut_counted_once_and_said(
    processes: Processes, redis_client: Redis, redis_url: str, receiving: Receiving, tmp_path: Path
) -> None:
    """Wide alerts arrive cut; sending them again after a new connection does not count them again."""
    process = start_forwarder(processes, redis_url, receiving.address)
    redis_client.xadd("alerts", {**ALERT, **WIDE})
    add_alerts(redis_client, 1, 1)
    receiving.wait_for(1)
    wait_until(lambda: position(redis_client) == 2, "both acknowledged")
    receiving.kill()
    receiving.start()
    add_alerts(redis_client, 2, 1)
    receiving.wait_for(2)

    wide, *narrow = receiver.connections(tmp_path)[0]
    assert wide == receiver.Result(
        2, 0, b"2c3301", b" 251219C00200000", 100.0, 0.0, 10.0, 0.0, 1767623400123456 // 10
    )
    assert [each.account for each in narrow] == [1]
    assert receiving.received() == [0, 1, 0, 1, 2]
    wait_for_metric(process, "forwarded_total", 3)
    counts = metrics(process)
    cut = {name: count for name, count in counts.items() if name.startswith("forward_cut_total")}
    fields = ("side", "account", "order_id", "symbol", "price")
    assert cut == {f"forward_cut_total{{{field}}}": 1 for field in fields}
    (said,) = process.events("were cut")
    line = f"1 alerts have more than a frame holds and were cut; the last was {first_id(redis_client)}, in "
    assert said["event"].startswith(line)


def test_strictly_what_a_frame_does_not_hold_is_left_out_and_counted(
    processes: Processes, redis_client: Redis, redis_url: str, receiving: Receiving
) -> None:
    """With --strict wide alerts are passed over, counted and said; the others arrive."""
    process = start_forwarder(processes, redis_url, receiving.address, "--strict")
    add_alerts(redis_client, 0, 1)
    for _ in range(2):
        redis_client.xadd("alerts", {**ALERT, **WIDE})
    add_alerts(redis_client, 1, 1)

    wait_until(lambda: position(redis_client) == 4, "all passed")

    wait_until(lambda: receiving.received() == [0, 1], "the two others")
    assert metrics(process)["forward_skipped_total{too_wide}"] == 2
    assert metrics(process)["forwarded_total"] == 2
    assert "2 alerts were not sent: too_wide (2 in all)" in process.wait_for("were not sent")["event"]


def test_an_entry_that_is_no_alert_is_counted_and_passed_over(
    processes: Processes, redis_client: Redis, redis_url: str, receiving: Receiving
) -> None:
    """What somebody else wrote into the stream is left out, said, and does not hold up what follows."""
    process = start_forwarder(processes, redis_url, receiving.address)
    add_alerts(redis_client, 0, 1)
    redis_client.xadd("alerts", {"hello": "world"})
    add_alerts(redis_client, 1, 1)
    redis_client.xadd("alerts", {**ALERT, "account": "many", "price": "much"})

    wait_until(lambda: position(redis_client) == 4, "all passed")

    wait_until(lambda: receiving.received() == [0, 1], "the two alerts")
    assert metrics(process)["forward_skipped_total{unreadable}"] == 2
    wait_until(lambda: len(process.events("cannot be sent")) == 2, "both said")
