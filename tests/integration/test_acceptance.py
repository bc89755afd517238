"""The real data through the real services: exactly the right alerts, with every field."""

import random
import time
from zlib import crc32

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support import frames, oracle
from tests.support.market import Alert, entries_after, last_id, metrics, quoted, symbols
from tests.support.processes import Process, Processes
from tests.support.raw_sender import RawSender
from tests.support.servers import data_file

TABLE = [
    ("nbbo-350-symbols.msg", "orders-1000.msg", 106, 99),
    ("nbbo-1000.msg", "orders-1000.msg", 120, 120),
    ("nbbo-1000-long-symbols.msg", "orders-1000-long-symbols.msg", 120, 120),
    ("nbbo-350-symbols.msg", "orders-1000-long-symbols.msg", 106, 99),
]
"""Quotes, orders, alerts, and how many of these because there is no quote."""

CONNECTIONS = 20


@pytest.fixture(scope="module")
def checker(shared_processes: Processes, market_server: Server) -> Process:
    """A checker for all of the module."""
    return shared_processes.check(market_server.url)


@pytest.fixture
def ingestor(processes: Processes, market_server: Server, client: Redis) -> Process:
    """A new ingestor on an empty server."""
    client.flushall()
    return processes.ingest(market_server.url)


def send_in_pieces(address: tuple[str, int], shares: list[list[bytes]], seed: int) -> None:
    """Send each share on a connection of its own, all at once, cut at random places."""
    senders = [RawSender(address) for _ in shares]
    waiting = {
        sender: frames.pieces(b"".join(map(frames.frame, share)), seed + number)
        for number, (sender, share) in enumerate(zip(senders, shares, strict=True))
    }
    chance = random.Random(seed)
    while waiting:
        sender = chance.choice(list(waiting))
        piece = next(waiting[sender], None)
        if piece is None:
            sender.half_close()
            del waiting[sender]
        else:
            sender.send_bytes(piece)
    for sender in senders:
        sender.wait_closed()
        sender.close()


def by_symbol(payloads: list[bytes], feed: int) -> list[list[bytes]]:
    """Shares such that all messages about a symbol are in the same one."""
    shares: list[list[bytes]] = [[] for _ in range(CONNECTIONS)]
    for payload in payloads:
        shares[crc32(frames.read(payload, feed).symbol) % CONNECTIONS].append(payload)
    return shares


def judged(client: Redis, after: str, began_us: int) -> list[Alert]:
    """The alerts behind an ID, whose times and sources have been looked at and taken out."""
    found = entries_after(client, after)
    for alert in found:
        assert began_us <= int(alert.pop("checked_at")) <= time.time_ns() // 1000
        assert bool(alert.pop("quote_at")) is bool(alert["quote_time"])
        assert alert.pop("source").startswith("plain:")
        assert alert.pop("sequence").isdigit()
    return found


def all_hashes(client: Redis) -> dict[str, dict[str, str]]:
    """What every symbol's hash says of its quote; the set of all symbols names just these."""
    names = symbols(client)
    assert len(client.keys("symbol:*")) == len(names)
    return {name: quoted(client, name) for name in names}


@pytest.mark.parametrize(("quotes_file", "orders_file", "count", "without_quote"), TABLE)
def test_the_real_data_give_exactly_the_known_alerts(
    client: Redis,
    ingestor: Process,
    checker: Process,
    quotes_file: str,
    orders_file: str,
    count: int,
    without_quote: int,
) -> None:
    """Cut anywhere, on one connection and on many, the real files give the known alerts, every field."""
    quotes = frames.split(data_file(quotes_file).read_bytes())
    orders = frames.split(data_file(orders_file).read_bytes())
    right = oracle.alerts(quotes, orders)
    assert len(right) == count
    assert [alert["reason"] for alert in right].count("no_quote") == without_quote
    before, began_us = metrics(checker), time.time_ns() // 1000

    send_in_pieces(ingestor.address(), [quotes], seed=1)
    send_in_pieces(checker.address(), [orders], seed=2)

    assert all_hashes(client) == oracle.hashes(quotes)
    assert judged(client, "0", began_us) == right

    client.delete(*client.keys("symbol:*"))
    middle = last_id(client)
    send_in_pieces(ingestor.address(), by_symbol(quotes, frames.QUOTE), seed=3)
    send_in_pieces(checker.address(), by_symbol(orders, frames.ORDER), seed=4)

    assert all_hashes(client) == oracle.hashes(quotes)
    found = judged(client, middle, began_us)
    for symbol in {alert["symbol"] for alert in right}:
        assert [a for a in found if a["symbol"] == symbol] == [a for a in right if a["symbol"] == symbol]
    assert len(found) == count

    after = metrics(checker)
    assert after["orders_received_total"] - before["orders_received_total"] == 2 * len(orders)
    assert after["alerts_total{no_quote}"] - before.get("alerts_total{no_quote}", 0) == 2 * without_quote
    assert metrics(ingestor)["quotes_received_total"] == 2 * len(quotes)


def test_the_known_risky_symbols_are_risky(client: Redis, ingestor: Process) -> None:
    """Of the 350 real symbols just 15 are written as risky."""
    quotes = frames.split(data_file("nbbo-350-symbols.msg").read_bytes())

    send_in_pieces(ingestor.address(), [quotes], seed=5)

    assert len(all_hashes(client)) == 350
    assert [each["risky"] for each in all_hashes(client).values()].count("1") == 15
