"""HELLO, ACK and ERROR byte by byte: sources that resume, are fenced, or are refused."""

import random

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support import frames
from tests.support.market import (
    Market,
    entries_after,
    growth,
    last_id,
    metrics,
    metrics_at_rest,
    order_ids,
    quote_of,
    wait_for_metric,
)
from tests.support.processes import Process, Processes
from tests.support.raw_sender import FENCED, FRAMING_LOST, REFUSED, RawSender


def numbers(client: Redis, after: str) -> list[int]:
    """The order IDs of the alerts behind an ID, as numbers."""
    return [int(order_id) for order_id in order_ids(client, after)]


def position(client: Redis, feed: str, source: bytes) -> bytes | None:
    """Where a source stands in Redis."""
    found = client.hget(f"position:{{alerts}}:{feed}:{source.decode()}", "position")
    assert not isinstance(found, str)
    return found


def test_a_new_source_begins_at_nothing_and_is_acknowledged(client: Redis, market: Market) -> None:
    """HELLO is answered with the count 0; with each commit the count rises to what has been sent."""
    after = last_id(client)
    with RawSender(market.orders, b"new-source") as sender:
        assert sender.ack() == 0
        for count in range(1, 21):
            sender.send(*frames.alerting(1, count - 1))
            assert sender.ack() == count
            assert position(client, "orders", b"new-source") == b"%d" % count
            assert numbers(client, after) == list(range(count))
        sender.finish()


@pytest.mark.parametrize("feed", ["orders", "market_data"])
def test_both_feeds_acknowledge(client: Redis, market: Market, feed: str) -> None:
    """A source of either feed is acknowledged up to its last frame, and goes on from there."""
    address, payload = (
        (market.orders, frames.order()) if feed == "orders" else (market.quotes, frames.quote())
    )
    source = f"both-{feed}".encode()
    with RawSender(address, source) as sender:
        sender.send(*[payload] * 3000)
        sender.acks_until(3000)
        sender.finish()
    assert position(client, feed, source) == b"3000"

    with RawSender(address, source) as sender:
        assert sender.ack() == 3000
        sender.send(payload)
        assert sender.ack() == 3001


def test_an_acknowledged_quote_is_in_redis(client: Redis, market: Market) -> None:
    """When a quote is acknowledged its hash has been written."""
    with RawSender(market.quotes, b"written") as sender:
        assert sender.ack() == 0
        for count in range(1, 51):
            sender.send(frames.quote(b"ACKD", float(count), count + 0.01))
            assert sender.ack() == count
            assert quote_of(client, "ACKD")["bid"] == repr(float(count))


def test_hello_and_orders_in_one_segment(client: Redis, market: Market) -> None:
    """Frames sent behind HELLO without waiting for its answer count from where the source stands."""
    after = last_id(client)
    with RawSender(market.orders) as sender:
        hello = b"\x10hasty"
        sender.send(hello, *frames.alerting(5))
        sender.acks_until(5)
        sender.finish()
    assert numbers(client, after) == list(range(5))


def test_a_hello_that_arrives_byte_by_byte(market: Market) -> None:
    """HELLO may be split anywhere, as any frame."""
    with RawSender(market.orders) as sender:
        for byte in frames.frame(b"\x10slowly"):
            sender.send_bytes(bytes([byte]))
        assert sender.ack() == 0


def test_names_are_of_one_feed(client: Redis, market: Market) -> None:
    """Sources of the same name on the two feeds are two sources."""
    with RawSender(market.orders, b"same") as orders, RawSender(market.quotes, b"same") as quotes:
        orders.send(*frames.alerting(7))
        orders.acks_until(7)
        assert quotes.ack() == 0
    assert position(client, "market_data", b"same") == b"0"


@pytest.mark.parametrize("seed", range(3))
def test_every_order_once_though_connections_break(client: Redis, market: Market, seed: int) -> None:
    """Going on from the acknowledged count after breaks at random bytes, every order takes effect once."""
    chance, after, orders = random.Random(seed), last_id(client), frames.alerting(5000)
    source = b"broken-%d" % seed
    data = b"".join(map(frames.frame, orders))
    size = len(frames.frame(orders[0]))
    breaks = 0
    while True:
        with RawSender(market.orders, source) as sender:
            begin = sender.ack() * size
            if begin == len(data):
                break
            end = min(begin + chance.randrange(1, len(data) // 10), len(data))
            sender.send_bytes(data[begin:end])
            if chance.random() < 0.5:
                sender.acks_until(end // size)
            chance.choice((sender.cut, sender.close, sender.half_close))()
            breaks += 1

    assert breaks >= 10
    assert numbers(client, after) == list(range(5000))


def test_a_newer_connection_fences_the_older(client: Redis, market: Market) -> None:
    """On one process the older connection of a source is told so and closed."""
    after = last_id(client)
    with RawSender(market.orders, b"rivals") as older:
        older.send(*frames.alerting(3))
        older.acks_until(3)

        with RawSender(market.orders, b"rivals") as newer:
            assert newer.ack() == 3
            assert older.error()[0] == FENCED
            newer.send(*frames.alerting(2, start=3))
            newer.acks_until(5)

    assert numbers(client, after) == list(range(5))


@pytest.fixture(scope="module")
def second_checker(shared_processes: Processes, market_server: Server) -> Process:
    """A replica of the checker, on the same server."""
    return shared_processes.check(market_server.url)


def test_a_connection_on_another_replica_fences_too(
    client: Redis, market: Market, second_checker: Process
) -> None:
    """A source that has moved to a second checker can commit nothing more through the first one."""
    after = last_id(client)
    with RawSender(market.orders, b"moved") as older:
        older.send(*frames.alerting(3))
        older.acks_until(3)

        with RawSender(second_checker.address(), b"moved") as newer:
            assert newer.ack() == 3
            before = metrics_at_rest(market.checker)
            older.send(*frames.alerting(100, start=3))
            assert older.error()[0] == FENCED
            assert position(client, "orders", b"moved") == b"3"
            wait_for_metric(
                market.checker, "order_latency_seconds_count", before["orders_received_total"] + 100
            )
            assert growth(before, metrics(market.checker)) == {"orders_received_total": 100}

            newer.send(*frames.alerting(100, start=3))
            newer.acks_until(103)

    assert numbers(client, after) == list(range(103))


def test_connections_that_fight_for_a_source_lose_and_double_nothing(
    client: Redis, market: Market, second_checker: Process
) -> None:
    """However often a source changes between two replicas in full flow, each order counts once."""
    after, count, senders = last_id(client), 0, []
    for lap in range(40):
        address = (market.orders, second_checker.address())[lap % 2]
        sender = RawSender(address, b"fought-over")
        senders.append(sender)
        count = sender.ack()
        sender.send(*frames.alerting(50, start=count))
        if lap % 4 == 0:
            sender.acks_until(count + 50)
    senders[-1].acks_until(count + 50)
    for sender in senders:
        sender.close()

    assert count >= 400
    assert numbers(client, after) == list(range(count + 50))


@pytest.mark.parametrize("name", [b"", b"x" * 65, b"a b", b"a:b", b"{x}", b"a\n", b"\xff", b"x" * 4000])
def test_a_bad_name_is_refused(client: Redis, market: Market, name: bytes) -> None:
    """A source whose name is none is refused with a reason, and what it sent behind it has no effect."""
    after = last_id(client)
    with RawSender(market.orders, name) as sender:
        sender.send(*frames.alerting(3))
        code, text = sender.error()

    assert code == REFUSED
    assert "1 to 64" in text
    assert numbers(client, after) == []


def test_a_refused_source_changes_no_quote(client: Redis, market: Market) -> None:
    """Quotes sent behind a HELLO that is refused are not applied, nor counted."""
    before = metrics(market.ingestor)
    with RawSender(market.quotes) as sender:
        sender.send(b"\x10no name", frames.quote(b"REFU"))
        assert sender.error()[0] == REFUSED

    assert quote_of(client, "REFU") == {}
    assert growth(before, metrics(market.ingestor)) == {}


@pytest.mark.parametrize("size", [0, 4097])
def test_losing_the_framing_is_told_after_what_came_before(client: Redis, market: Market, size: int) -> None:
    """A resumable sender whose framing is lost gets its last ACK, then the ERROR with the byte offset."""
    after, source = last_id(client), b"lost-%d" % size
    with RawSender(market.orders, source) as sender:
        assert sender.ack() == 0
        sender.send(*frames.alerting(4))
        sender.send_bytes(size.to_bytes(4) + b"rest")
        code, text = sender.error()

    offset = len(frames.frame(b"\x10" + source)) + 4 * len(frames.frame(frames.alerting(1)[0]))
    assert code == FRAMING_LOST
    assert f"byte {offset} " in text
    assert position(client, "orders", source) == b"4"
    assert numbers(client, after) == list(range(4))


def test_rejected_frames_count(client: Redis, market: Market) -> None:
    """Frames that are refused count in the ACK and in the position, alone or among good ones."""
    after = last_id(client)
    with RawSender(market.orders, b"partly-bad") as sender:
        assert sender.ack() == 0
        sender.send(b"\x07bad")
        assert sender.ack() == 1
        sender.send(
            frames.alerting(1)[0],
            b"\x07bad",
            frames.order(b"A B "),
            frames.alerting(1, start=1)[0],
            b"\x10again",
        )
        sender.acks_until(6)

    with RawSender(market.orders, b"partly-bad") as sender:
        assert sender.ack() == 6
    assert numbers(client, after) == [0, 1]


def test_a_position_of_the_wrong_type_refuses_only_its_source(client: Redis, market: Market) -> None:
    """A source whose position is no hash is refused; others go on, and so does it when that is repaired."""
    after = last_id(client)
    client.set("position:{alerts}:orders:spoilt", "something")
    with RawSender(market.orders, b"sound") as other, RawSender(market.orders, b"spoilt") as sender:
        code, _ = sender.error()
        assert code == REFUSED
        other.send(*frames.alerting(2))
        other.acks_until(2)

    client.delete("position:{alerts}:orders:spoilt")
    with RawSender(market.orders, b"spoilt") as sender:
        assert sender.ack() == 0
    assert numbers(client, after) == [0, 1]


def test_a_position_spoilt_in_mid_run_refuses_only_its_source(client: Redis, market: Market) -> None:
    """A position that is replaced while its source is connected ends that connection, and no other."""
    after, key = last_id(client), "position:{alerts}:orders:spoilt-later"
    with RawSender(market.orders, b"sound-too") as other, RawSender(market.orders, b"spoilt-later") as sender:
        assert (other.ack(), sender.ack()) == (0, 0)
        client.delete(key)
        client.set(key, "something")
        sender.send(*frames.alerting(1))
        assert sender.error()[0] == REFUSED
        other.send(*frames.alerting(2))
        other.acks_until(2)

    assert numbers(client, after) == [0, 1]


@pytest.mark.parametrize("position", ["ten", "", "-5", "1.5", str(2**64 - 1), "9" * 5000])
def test_a_position_that_is_no_count_is_refused(client: Redis, market: Market, position: str) -> None:
    """A source whose position is none, or leaves an ACK no room, is refused; the service goes on."""
    client.hset("position:{alerts}:orders:no-count", "position", position)

    with RawSender(market.orders, b"no-count") as sender:
        assert sender.error()[0] == REFUSED
    with RawSender(market.orders, b"another") as sender:
        assert sender.ack() == 0


def test_counts_have_64_bits(client: Redis, market: Market) -> None:
    """A source goes on exactly from a count that neither a double nor a signed number can hold."""
    start = 2**63 + 1
    client.hset("position:{alerts}:orders:old", "position", start)

    with RawSender(market.orders, b"old") as sender:
        assert sender.ack() == start
        sender.send(*frames.alerting(3))
        sender.acks_until(start + 3)


def test_a_count_that_redis_lost_is_asked_for_again(client: Redis, market: Market) -> None:
    """When Redis lost the position, the connection is closed without ERROR and the next HELLO is told 0."""
    with RawSender(market.orders, b"forgotten") as sender:
        sender.send(*frames.alerting(3))
        sender.acks_until(3)
        client.delete("position:{alerts}:orders:forgotten")
        sender.send(*frames.alerting(1, start=3))
        assert sender.answer() is None

    with RawSender(market.orders, b"forgotten") as sender:
        assert sender.ack() == 0


def test_losing_position_and_framing_at_once_ends_one_connection(client: Redis, market: Market) -> None:
    """A connection that is given up for two reasons at once is closed, and the service goes on."""
    with RawSender(market.orders, b"unlucky") as sender:
        sender.send(*frames.alerting(1))
        sender.acks_until(1)
        client.delete("position:{alerts}:orders:unlucky")
        sender.send_bytes(frames.frame(frames.alerting(1)[0]) + bytes(4))
        assert sender.answer() is None

    with RawSender(market.orders, b"unlucky") as sender:
        assert sender.ack() == 0


def test_a_plain_sender_hears_nothing(market: Market) -> None:
    """Without HELLO no ACK and no ERROR comes, not even when the framing is lost."""
    with RawSender(market.orders) as sender:
        sender.send(*frames.alerting(3))
        sender.send_bytes(bytes(4))
        sender.wait_closed()


def test_very_many_alerts_commit_in_portions(client: Redis, market: Market) -> None:
    """A burst of alerts is committed a thousand at a time, and the ACK follows when all are there."""
    after = last_id(client)
    with RawSender(market.orders, b"burst") as sender:
        sender.send(*frames.alerting(12_345))
        sender.acks_until(12_345)
        assert len(entries_after(client, after)) == 12_345
        sender.finish()
    assert numbers(client, after) == list(range(12_345))
