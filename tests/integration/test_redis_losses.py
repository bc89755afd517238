"""Redis loses what it had: the ingestor writes its quotes again, and no order is judged without them."""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support import frames
from tests.support.market import Market, entries_after, health, quote_of, symbols
from tests.support.processes import Processes, wait_until
from tests.support.raw_sender import RawSender
from tests.support.servers import chosen_kinds, make_server

COUNT = 50


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of the test's own that keeps only what it is told to save."""
    made = make_server(chosen_kinds()[-1])
    made.start()
    yield made
    made.close()


@pytest.fixture
def market(processes: Processes, server: Server) -> Market:
    """Both services on that server."""
    return Market(processes, server.url)


def flushed(server: Server) -> None:
    """FLUSHALL by somebody."""
    with Redis(port=server.port) as client:
        client.flushall()


def restarted_empty(server: Server) -> None:
    """Killed, and started again without its data."""
    server.kill()
    shutil.rmtree(server.folder)
    server.folder.mkdir()
    server.start()


def restarted_with_old_data(server: Server) -> None:
    """Killed, and started again with what it had saved before."""
    server.kill()
    server.start()


def send_quotes(market: Market, risky_from: int) -> None:
    """A quote of every symbol; those from this number on are risky."""
    market.send_quotes(
        *(frames.quote(b"S%03d" % n, 10.0, 10.01 if n < risky_from else 10.5) for n in range(COUNT))
    )


def lose_quotes(client: Redis, market: Market, lose: Callable[[], None]) -> str:
    """Save an older market and lose the newer one, in which S040 and on are risky; the epoch before."""
    send_quotes(market, risky_from=0)
    client.save()
    epoch: Any = client.get("epoch")
    send_quotes(market, risky_from=40)
    market.send_orders(frames.order(b"S000"))
    lose()
    return str(epoch)


def assert_right_alerts(client: Redis, market: Market) -> None:
    """An order on each symbol alerts as the newer market says."""
    market.send_orders(*(frames.order(b"S%03d" % n, b"%06d" % n) for n in range(COUNT)))
    alerts = entries_after(client)
    assert [alert["order_id"] for alert in alerts] == [f"{n:06}" for n in range(40, COUNT)]
    assert {alert["offer"] for alert in alerts} == {"10.5"}
    assert symbols(client) == {f"S{n:03}" for n in range(COUNT)}
    market.ingestor.wait_for("Redis has lost")
    market.ingestor.wait_for("the new epoch is")
    assert len(market.ingestor.events("the new epoch is")) == 1


@pytest.mark.parametrize("lose", [flushed, restarted_empty])
def test_orders_wait_until_lost_quotes_are_written_again(
    server: Server, market: Market, lose: Callable[[Server], None]
) -> None:
    """Orders sent right after the loss meet the right quotes: no false alert, and none missing."""
    with Redis(port=server.port) as client:
        lose_quotes(client, market, lambda: lose(server))
        assert_right_alerts(client, market)


def test_old_quotes_are_replaced_and_the_epoch_tells(server: Server, market: Market) -> None:
    """Redis restarts with an older market: within seconds the newer one is back, under a new epoch."""
    with Redis(port=server.port) as client:
        epoch = lose_quotes(client, market, lambda: restarted_with_old_data(server))
        wait_until(lambda: str(client.get("epoch")) != epoch, "there is a new epoch")
        client.delete("alerts")
        assert_right_alerts(client, market)
        assert quote_of(client, "S000")["offer"] == "10.01"


def test_a_lost_set_of_symbols_is_written_again(server: Server, market: Market) -> None:
    """Redis lost the set and the epoch, as a failover can, but no quote: all symbols are listed again."""
    with Redis(port=server.port) as client:
        send_quotes(market, risky_from=COUNT)
        client.delete("symbols", "epoch")
        wait_until(lambda: client.exists("epoch"), "there is a new epoch")
        assert symbols(client) == {f"S{n:03}" for n in range(COUNT)}
        assert not market.ingestor.events("writing them again"), "no quote was lost"


@pytest.mark.parametrize("lose", ["symbols", "symbol:S007"])
def test_a_key_that_is_lost_alone_is_written_again(server: Server, market: Market, lose: str) -> None:
    """The set of symbols, or one hash, evicted or deleted without a trace: both are back within seconds."""
    with Redis(port=server.port) as client:
        send_quotes(market, risky_from=COUNT)
        before = client.get("epoch")
        client.delete(lose)
        wait_until(lambda: client.exists(lose), f"{lose} is back", 5)
        assert symbols(client) == {f"S{n:03}" for n in range(COUNT)}
        assert client.get("epoch") == before, "the servers have lost nothing else"


def test_a_server_that_may_evict_is_named(server: Server, market: Market, processes: Processes) -> None:
    """At the start, in the log and in the answer to health probes, which stays good."""
    with Redis(port=server.port) as client:
        assert "warnings" in health(market.checker)[1]
        assert "maxmemory-policy" not in health(market.checker)[1]
        client.config_set("maxmemory-policy", "allkeys-lru")
        for process in (processes.ingest(server.url), processes.check(server.url)):
            process.wait_for("maxmemory-policy allkeys-lru")
            status, body = health(process)
            assert (status, "set maxmemory-policy noeviction" in body) == (200, True)


def test_without_an_ingestor_orders_wait_no_longer_than_they_may(
    server: Server, processes: Processes
) -> None:
    """Quotes and ingestor are lost: after --rebuild-wait orders are judged without, and the log says so."""
    with Redis(port=server.port) as client:
        market = Market(processes, server.url, check=("--rebuild-wait", "1"))
        market.send_quotes(frames.quote())
        market.send_orders(frames.order())
        market.ingestor.kill()
        client.flushall()
        market.send_orders(frames.order(order_id=b"second"))
        (alert,) = entries_after(client)
        assert (alert["order_id"], alert["reason"]) == ("second", "no_quote")
    held, given_up = (
        market.checker.wait_for("Redis has lost its quotes"),
        market.checker.wait_for("no quotes came back"),
    )
    assert seconds(given_up) - seconds(held) >= 0.5  # it was held a moment before it was said


def states(client: Redis, role: str) -> list[str]:
    """What the services of a role say of themselves in Redis."""
    return [str(client.hget(key, "state")) for key in client.scan_iter(f"service:{role}:*")]


def test_a_checker_that_holds_orders_back_says_so_in_redis(
    server: Server, processes: Processes, market: Market
) -> None:
    """It is not ready, but whoever looks at its state sees that it is there, and why nothing moves."""
    with Redis(port=server.port, decode_responses=True) as client:
        market.send_quotes(frames.quote())
        market.send_orders(frames.order())
        market.ingestor.kill()
        client.flushall()
        with RawSender(market.orders) as sender:
            sender.send(frames.order())
            wait_until(lambda: states(client, "check") == ["holding"], "it says that it holds orders back")
            assert health(market.checker)[0] == 503
            processes.ingest(server.url)
            sender.finish()
        wait_until(lambda: states(client, "check") == ["running"], "it says that it goes on")


def seconds(line: dict[str, Any]) -> float:
    """When a line was logged."""
    return datetime.fromisoformat(line["ts"]).timestamp()
