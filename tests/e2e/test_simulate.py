"""`market-spread simulate`: a market on both feeds, or in files."""

import re
import signal
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from shared.base.address import Address
from tests.support.commands import Ended, end_of, run, start
from tests.support.market import Market, entries_after, order_ids, quote_of, symbols
from tests.support.processes import Processes, wait_until
from tests.support.scripted_feed import Peer, ScriptedFeed, free_address

SUMMARY = re.compile(r"([0-9,]+) quotes and ([0-9,]+) orders have taken effect")


def feeds(market: Market) -> tuple[object, ...]:
    """The words that send a simulation to a market's services."""
    return ("--market-data", Address(*market.quotes), "--orders", Address(*market.orders))


def counts(ended: Ended) -> tuple[int, int]:
    """How many quotes and orders a simulation says it has sent."""
    match = SUMMARY.search(ended.output)
    assert match is not None, ended
    return int(match[1].replace(",", "")), int(match[2].replace(",", ""))


def positions(redis_client: Any) -> tuple[int, int]:
    """How far the simulation's quotes and orders have taken effect."""
    (quotes,) = redis_client.keys("position:*:market_data:simulate-*")
    (orders,) = redis_client.keys("position:*:orders:simulate-*")
    return int(redis_client.hget(quotes, "position")), int(redis_client.hget(orders, "position"))


def swallow(peer: Peer) -> None:
    """Acknowledge whatever comes, by its bytes: all frames are of one length."""
    peer.hello()
    peer.ack(0)
    size = None
    received = 0
    while some := peer.sock.recv(1 << 20):
        size = size or 4 + int.from_bytes(some[:4])
        received += len(some)
        peer.ack(received // size)


def test_a_market_arrives_at_both_services(processes: Processes, redis_url: str, redis_client: Redis) -> None:
    """In a second every symbol gets a quote, and every order an alert, as all symbols are risky."""
    words = ("simulate", "--for", 1, "--symbols", 200, "--risky", 1)
    ended = run(processes, *words, *feeds(Market(processes, redis_url)))
    assert ended.code == 0
    quotes, orders = counts(ended)
    assert 1000 < quotes < 3000  # 2000 and 200 on a machine that has nothing else to do
    assert 100 < orders < 300
    assert positions(redis_client) == (quotes, orders)
    names = symbols(redis_client)
    assert len(names) == 200
    assert {quote_of(redis_client, name)["risky"] for name in names} == {"1"}
    assert len(order_ids(redis_client)) == orders
    assert redis_client.xlen("rejected") == 0


@pytest.mark.slow
def test_runs_until_it_is_interrupted(processes: Processes, redis_url: str, redis_client: Redis) -> None:
    """Ctrl-C ends it with exit code 0, after whole frames that have all taken effect."""
    market = Market(processes, redis_url)
    simulate = start(processes, "simulate", *feeds(market))
    wait_until(lambda: redis_client.scard("symbols") == 350, "all symbols quoted")
    simulate.popen.send_signal(signal.SIGINT)
    ended = end_of(simulate)
    assert ended.code == 0
    assert not any("not known" in line for line in ended.lines)
    assert positions(redis_client) == counts(ended)
    for service in (market.ingestor, market.checker):
        service.terminate()
        assert service.wait() == 0
        assert not service.events("inside frame")


@pytest.mark.slow
def test_waits_for_feeds_and_outlasts_their_restarts(
    processes: Processes, redis_url: str, redis_client: Redis
) -> None:
    """Started before the services, and with the checker killed under it, it goes on when they are there."""
    addresses = [str(free_address()) for _ in range(2)]
    simulate = start(
        processes, "simulate", "--risky", 1, "--market-data", addresses[0], "--orders", addresses[1]
    )
    wait_until(lambda: sum("trying again" in line for line in simulate.lines) == 2, "both feeds missed")
    processes.ingest(redis_url, "--listen", addresses[0])
    check = processes.check(redis_url, "--listen", addresses[1])
    wait_until(lambda: len(order_ids(redis_client)) > 50, "alerts")
    check.kill()
    before = len(order_ids(redis_client))
    processes.check(redis_url, "--listen", addresses[1])
    wait_until(lambda: len(order_ids(redis_client)) > before + 50, "alerts after the restart")
    simulate.terminate()
    ended = end_of(simulate)
    assert ended.code == 0
    assert positions(redis_client) == counts(ended)
    ids = order_ids(redis_client)
    assert len(set(ids)) == len(ids) == counts(ended)[1]


@pytest.mark.slow
def test_as_fast_as_possible_is_fast(processes: Processes) -> None:
    """With rates of 0 frames are made and sent by the million, whatever else the machine does."""
    with ScriptedFeed(swallow) as quotes, ScriptedFeed(swallow) as orders:
        rates = ("--quotes-per-second", 0, "--orders-per-second", 0)
        feeds = ("--market-data", quotes.address, "--orders", orders.address)
        ended = run(processes, "simulate", "--for", 0.6, "--symbols", 2, *rates, *feeds)
    assert ended.code == 0
    assert sum(counts(ended)) > 150_000


def test_an_end_without_a_feed_is_possible(processes: Processes) -> None:
    """Nobody ever listens: nothing was sent, so nothing has to be waited for when the time is up."""
    addresses = [free_address() for _ in range(2)]
    ended = run(processes, "simulate", "--for", 0.3, "--market-data", addresses[0], "--orders", addresses[1])
    assert ended.code == 0
    assert counts(ended) == (0, 0)


@pytest.mark.slow
def test_written_markets_are_the_same_for_the_same_seed(processes: Processes, tmp_path: Path) -> None:
    """`--write` gives the same bytes for the same seed, others for another, and leaves the network alone."""
    words = ("simulate", "--for", 1.5, "--quotes-per-second", 4000, "--orders-per-second", 300)
    for name, seed in (("one", 5), ("same", 5), ("other", 6)):
        ended = run(processes, *words, "--write", tmp_path / name, "--seed", seed)
        assert (ended.code, ended.lines) == (0, [])
        assert "6,000 quotes in" in ended.output
        assert "450 orders in" in ended.output
    for name in ("quotes.msg", "orders.msg"):
        one, same, other = ((tmp_path / folder / name).read_bytes() for folder in ("one", "same", "other"))
        assert one == same != other


@pytest.mark.slow
def test_a_written_market_can_be_replayed(
    processes: Processes, redis_url: str, redis_client: Redis, tmp_path: Path
) -> None:
    """Quotes, then orders: alerts come from the symbols that are risky at the end, and only from them."""
    words = ("simulate", "--for", 2, "--symbols", 100, "--risky", 0.3, "--write", tmp_path)
    assert run(processes, *words).code == 0
    market = Market(processes, redis_url)
    for name, address in (("quotes.msg", market.quotes), ("orders.msg", market.orders)):
        assert run(processes, "replay", tmp_path / name, "--to", Address(*address)).code == 0
    alerted = {alert["symbol"] for alert in entries_after(redis_client)}
    risky = {name for name in symbols(redis_client) if quote_of(redis_client, name)["risky"] == "1"}
    assert alerted <= risky
    assert len(alerted) > 15
