"""The commit: alerts and position together or not at all, once, whatever happens on the way."""

import signal
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from threading import Thread

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from shared.base.source import Source
from shared.commit.positions import CommitScript, Positions
from shared.commit.source_commit import CommitChunk, Outcome, SourceCommit
from shared.redis.url import open_link
from tests.support import frames
from tests.support.cutting_proxy import CuttingProxy
from tests.support.market import (
    Market,
    entries_after,
    health,
    last_id,
    metrics,
    order_ids,
    quote_of,
    wait_for_metric,
)
from tests.support.processes import Process, Processes, wait_until
from tests.support.raw_sender import REFUSED, RawSender
from tests.support.servers import chosen_kinds, make_server

APPEND = CommitScript(
    ("alerts",), (), "for at = 6, #ARGV do redis.call('XADD', KEYS[2], '*', 'word', ARGV[at]) end\n"
)


def numbers(client: Redis, after: str = "0") -> list[int]:
    """The order IDs of the alerts, as numbers."""
    return [int(order_id) for order_id in order_ids(client, after)]


def test_owners_that_compete_commit_each_portion_once(redis_url: str, redis_client: Redis) -> None:
    """Four that take a source from each other all the time move it on step by step, each step once."""
    committed: list[int] = []

    def compete() -> None:
        link = open_link(redis_url)
        positions = Positions(link, APPEND)
        for lap in range(100):
            source = Source("position:{alerts}:orders:race", f"{id(positions)}-{lap}")
            positions.open([source])
            before = int(source.position)
            chunks = [CommitChunk([b"%d" % n], str(n + 1)) for n in range(before, before + 3)]
            pending = SourceCommit(source, chunks)
            positions.commit([pending])
            assert pending.outcome in {Outcome.COMMITTED, Outcome.FENCED}
            committed.append(int(source.position) - before)
        link.close()

    rivals = [Thread(target=compete) for _ in range(4)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()

    assert len(committed) == 400
    assert any(each < 3 for each in committed), "nobody ever lost"
    stored = redis_client.hget("position:{alerts}:orders:race", "position")
    assert stored == b"%d" % redis_client.xlen("alerts")
    words = [entry["word"] for entry in entries_after(redis_client)]
    assert words == [str(n) for n in range(len(words))]


def test_a_commit_by_lower_limits_writes_nothing(redis_url: str, redis_client: Redis) -> None:
    """Where a higher version has judged the source; an owner that knows of it commits, and keeps it."""
    link = open_link(redis_url)
    positions, source = Positions(link, APPEND), Source("position:{alerts}:orders:limits", "me", limits=2)
    positions.open([source])

    def commit(position: str) -> Outcome | None:
        pending = SourceCommit(source, [CommitChunk([b"word"], position)])
        positions.commit([pending])
        return pending.outcome

    assert commit("1") is Outcome.COMMITTED
    redis_client.hset(source.key, "limits", 3)
    assert commit("2") is Outcome.OUTDATED
    assert redis_client.hmget(source.key, "position", "limits") == [b"1", b"3"]
    assert redis_client.xlen("alerts") == 1
    assert source.limits == 3
    assert commit("2") is Outcome.COMMITTED
    another = Source(source.key, "another")
    positions.open([another])
    link.close()
    assert redis_client.hmget(source.key, "position", "limits") == [b"2", b"3"]
    assert (another.position, another.limits) == ("2", 3)


def has_effect(checker: Process, orders: int) -> bool:
    """Whether so many orders have taken effect."""
    return metrics(checker).get("order_latency_seconds_count", 0) >= orders


@pytest.mark.parametrize("source", [None, b"through-the-dark"])
def test_commits_cut_anywhere_count_once(
    processes: Processes, redis_server: Server, redis_client: Redis, source: bytes | None
) -> None:
    """With the way to Redis breaking off within commits and behind them, each alert is there once.

    Of what is sent one part is always ahead of what is in effect: it is read while the other is committed.
    """
    with CuttingProxy(redis_server.port, seed=1) as proxy:
        checker = processes.check(proxy.url)
        sent = 0
        with RawSender(checker.address(), source) as sender:
            while sent < 20_000 or min(proxy.cuts.values()) < 2:
                sender.send(*frames.alerting(2000, sent))
                wait_until(partial(has_effect, checker, sent), f"{sent} orders are in effect")
                sent += 2000
            wait_for_metric(checker, "order_latency_seconds_count", sent)
            sender.half_close()
            assert source is not None or sender.answer() is None

    assert numbers(redis_client) == list(range(sent))


def test_a_flushed_script_goes_unnoticed(client: Redis, market: Market) -> None:
    """SCRIPT FLUSH again and again in mid run loses and doubles nothing."""
    after = last_id(client)
    with RawSender(market.orders, b"flushed") as sender, RawSender(market.orders) as plain:
        for start in range(0, 1000, 20):
            client.script_flush()
            sender.send(*frames.alerting(20, start))
            plain.send(*frames.alerting(20, start + 100_000))
            if start % 100 == 0:
                sender.acks_until(start + 20)
        sender.acks_until(1000)
        plain.finish()

    found = numbers(client, after)
    assert [each for each in found if each < 100_000] == list(range(1000))
    assert [each for each in found if each >= 100_000] == list(range(100_000, 101_000))


def test_alerts_of_the_wrong_type_hold_plain_senders(
    processes: Processes, redis_url: str, redis_client: Redis
) -> None:
    """While `alerts` is no stream nothing of plain senders is lost: they are held until it is repaired."""
    checker = processes.check(redis_url)
    redis_client.set("alerts", "not a stream")
    with RawSender(checker.address()) as sender:
        sender.send(*frames.alerting(3000))
        checker.wait_for("WRONGTYPE")
        status, body = health(checker)
        assert status == 503
        assert "WRONGTYPE" in body
        assert redis_client.get("alerts") == b"not a stream"

        redis_client.delete("alerts")
        sender.finish()
    assert numbers(redis_client) == list(range(3000))
    assert health(checker)[0] == 200


def test_alerts_of_the_wrong_type_refuse_resumable_senders(
    processes: Processes, redis_url: str, redis_client: Redis
) -> None:
    """While `alerts` is no stream a resumable sender is told so; its count stays, and it goes on later."""
    checker = processes.check(redis_url)
    with RawSender(checker.address(), b"patient") as sender:
        sender.send(*frames.alerting(5))
        sender.acks_until(5)
        redis_client.rename("alerts", "put-away")
        redis_client.set("alerts", "not a stream")
        sender.send(*frames.alerting(5, start=5))
        code, text = sender.error()
        assert code == REFUSED
        assert "WRONGTYPE" in text

    redis_client.rename("put-away", "alerts")
    with RawSender(checker.address(), b"patient") as sender:
        assert sender.ack() == 5
        sender.send(*frames.alerting(5, start=5))
        sender.acks_until(10)
    assert numbers(redis_client) == list(range(10))


SYMBOLS = [b"Q%03d" % n for n in range(300)]


def test_a_redis_that_was_emptied_is_filled_again(
    processes: Processes, redis_url: str, redis_client: Redis
) -> None:
    """After FLUSHALL every quote and a new epoch are written, and no order alerts falsely meanwhile."""
    market = Market(processes, redis_url)
    market.send_quotes(*(frames.quote(symbol) for symbol in SYMBOLS))
    market.send_orders(frames.order(SYMBOLS[0]))  # from now on the checker knows the epoch
    before = {name.decode(): quote_of(redis_client, name.decode()) for name in SYMBOLS}
    epoch = redis_client.get("epoch")

    market.ingestor.popen.send_signal(signal.SIGSTOP)  # so that it does not notice first
    redis_client.flushall()
    with RawSender(market.orders) as sender, RawSender(market.orders, b"resuming") as resuming:
        sender.send(*(frames.order(symbol) for symbol in SYMBOLS))
        market.checker.wait_for("Redis has lost its quotes")
        market.ingestor.popen.send_signal(signal.SIGCONT)
        resuming.send(*(frames.order(symbol) for symbol in SYMBOLS))
        sender.finish()
        resuming.acks_until(300)

    assert redis_client.xlen("alerts") == 0
    assert redis_client.get("epoch") not in {None, epoch}
    assert {name: quote_of(redis_client, name) for name in before} == before
    assert redis_client.smembers("symbols") == set(SYMBOLS)
    market.ingestor.wait_for("Redis has lost 300 quotes")


def test_a_resumable_sender_begins_anew_when_redis_was_emptied(
    processes: Processes, redis_url: str, redis_client: Redis
) -> None:
    """After FLUSHALL a connected source is closed without ERROR, begins at 0, and all its alerts come."""
    market = Market(processes, redis_url)
    market.send_quotes(frames.quote(b"WIDE", 10.0, 10.05))
    orders = [frames.order(b"WIDE", b"%6d" % n) for n in range(10)]
    with RawSender(market.orders, b"anew") as sender:
        sender.send(*orders[:6])
        sender.acks_until(6)
        redis_client.flushall()
        sender.send(*orders[6:])
        assert sender.answer() is None

    with RawSender(market.orders, b"anew") as sender:
        assert sender.ack() == 0
        sender.send(*orders)
        sender.acks_until(10)
    assert numbers(redis_client) == list(range(10))


def test_orders_are_not_held_for_ever(processes: Processes, any_url: str, any_client: Redis) -> None:
    """When the epoch is gone and nobody writes another, orders are checked without quotes after a while."""
    market = Market(processes, any_url, check=("--rebuild-wait", "0.5"))
    market.send_quotes(frames.quote(b"FINE"))
    market.send_orders(frames.order(b"FINE"))
    market.ingestor.kill()
    any_client.flushall()

    market.send_orders(frames.order(b"FINE", b"waited"))

    assert order_ids(any_client) == ["waited"]
    market.checker.wait_for("no quotes came back")


@pytest.fixture(params=chosen_kinds())
def own_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that may be stopped and killed."""
    server = make_server(request.param)
    server.start()
    yield server
    server.close()


def test_a_redis_with_old_data_is_brought_up_to_date(processes: Processes, own_server: Server) -> None:
    """When Redis restarts with old data, quotes that it has missed are written again, and a new epoch."""
    ingestor = processes.ingest(own_server.url)
    with RawSender(ingestor.address(), b"quotes") as sender:
        sender.send(frames.quote(b"KEPT", 1.0, 1.0), frames.quote(b"AGED", 1.0, 1.0))
        sender.acks_until(2)
        with Redis.from_url(own_server.url, protocol=2) as client:
            client.save()
            epoch = client.get("epoch")
        sender.send(frames.quote(b"AGED", 2.0, 2.0), frames.quote(b" NEW", 3.0, 3.0))
        sender.acks_until(4)

        own_server.kill()
        own_server.start()
        with Redis.from_url(own_server.url, protocol=2) as client:
            wait_until(lambda: client.get("epoch") not in {None, epoch}, "a new epoch")

            found = {name: quote_of(client, name)["bid"] for name in ("KEPT", "AGED", "NEW")}
            assert found == {"KEPT": "1.0", "AGED": "2.0", "NEW": "3.0"}
            assert client.smembers("symbols") == {b"KEPT", b"AGED", b"NEW"}
        ingestor.wait_for("Redis has lost 2 quotes")
        sender.send(frames.quote(b"AGED", 4.0, 4.0))
        with suppress(ConnectionResetError):  # where the frame comes when the connection is closed already
            assert sender.answer() is None  # the count is old too

    with RawSender(ingestor.address(), b"quotes") as sender:
        assert sender.ack() == 2
