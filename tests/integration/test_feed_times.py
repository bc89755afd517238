"""When the ingestor last heard of a source: any frame and any heartbeat, over every way in."""

import time
from typing import Any

from redis import Redis

from market_spread import QuoteSender
from tests.support import frames
from tests.support.market import Market, entries_after, metrics, quote_of
from tests.support.processes import Processes, wait_until
from tests.support.quote_streams import add, ingestor
from tests.support.raw_sender import RawSender

HEARTBEAT = b"\x13"


def heard(client: Redis, source: str) -> int:
    """When the ingestor last heard of a source, microseconds; 0 for never."""
    found: Any = client.get(f"feed:{source}")
    return int(found or 0)


def test_each_way_in_has_its_source(client: Redis, market: Market) -> None:
    """The name of a HELLO, `plain` for all without; a refused frame counts, and the key expires."""
    began_us = time.time_ns() // 1000
    with RawSender(market.quotes, b"named") as sender:
        sender.send(frames.quote(b"FEED", 1.0, 2.0))
        sender.acks_until(1)
    assert quote_of(client, "FEED")["source"] == "named"
    assert began_us <= heard(client, "named") <= time.time_ns() // 1000
    assert 86_000_000 < int(client.pttl("feed:named")) <= 86_400_000

    before = heard(client, "plain")
    market.send_quotes(b"\x63")
    wait_until(lambda: heard(client, "plain") > before, "a frame that is refused counts")
    assert quote_of(client, "FEED")["source"] == "named"


def test_a_hash_never_names_a_source_without_a_time(client: Redis, market: Market) -> None:
    """The time of a source that is new is written before its first quote."""
    for number in range(20):
        name = f"new-{number}"
        with RawSender(market.quotes, name.encode()) as sender:
            sender.send(frames.quote(b"NEWS", 1.0, 2.0))
            while quote_of(client, "NEWS").get("source") != name:
                pass
            assert heard(client, name)


def test_heartbeats_keep_a_quiet_source_fresh(client: Redis, market: Market) -> None:
    """They are not counted: neither as frames of the feed, nor in the source's position."""
    before = metrics(market.ingestor)["quotes_received_total"]
    with RawSender(market.quotes, b"quiet") as sender:
        sender.send(HEARTBEAT, frames.quote(b"BEAT", 1.0, 2.0), HEARTBEAT)
        sender.acks_until(1)
        for _ in range(2):
            last = heard(client, "quiet")
            sender.send(HEARTBEAT)
            wait_until(lambda last=last: heard(client, "quiet") > last, "a heartbeat is heard")  # type: ignore[misc]
        sender.send(frames.quote(b"BEAT", 3.0, 4.0))
        sender.acks_until(2)
    assert metrics(market.ingestor)["quotes_received_total"] == before + 2
    assert quote_of(client, "BEAT")["bid"] == "3.0"


def test_orders_may_have_heartbeats_too(client: Redis, market: Market) -> None:
    """The checker counts none of them."""
    before = metrics(market.checker)["orders_received_total"]
    with RawSender(market.orders, b"quiet-desk") as sender:
        sender.send(HEARTBEAT, frames.order(b"NONE", b"quiet1"), HEARTBEAT, HEARTBEAT)
        sender.acks_until(1)
    assert metrics(market.checker)["orders_received_total"] == before + 1
    assert not client.exists("feed:quiet-desk")


def test_without_hello_a_heartbeat_is_refused(client: Redis, market: Market) -> None:
    """As a frame of no type of this feed."""
    before = entries_after(client, stream="rejected")
    market.send_quotes(HEARTBEAT)
    (refused,) = entries_after(client, stream="rejected")[len(before) :]
    assert (refused["reason"], refused["raw"]) == ("type", "13")


def test_the_clients_sender_keeps_its_source_fresh(client: Redis, market: Market) -> None:
    """A program that has no quotes for a while does nothing for it."""
    host, port = market.quotes
    with QuoteSender(f"{host}:{port}", source="program", heartbeat_s=0.1):
        wait_until(lambda: heard(client, "program"), "its HELLO is heard")
        first = heard(client, "program")
        wait_until(lambda: heard(client, "program") > first, "its heartbeats are heard")


def test_a_source_is_written_at_most_every_100_ms(client: Redis, market: Market) -> None:
    """However many frames come: 30 batches leave few writes."""
    calls = "cmdstat_set"
    before: Any = client.info("commandstats")
    began = time.monotonic()
    with RawSender(market.quotes, b"busy") as sender:
        for number in range(30):
            sender.send(frames.quote(b"BUSY", 1.0, 2.0))
            sender.acks_until(number + 1)
    took_s = time.monotonic() - began
    after: Any = client.info("commandstats")
    assert after[calls]["calls"] - before[calls]["calls"] <= 2 + took_s / 0.1


def test_a_stream_is_a_source(processes: Processes, any_url: str, any_client: Redis) -> None:
    """By its name, as in the hashes."""
    add(any_client, symbol="BTU", bid="1", offer="2")
    ingestor(processes, any_url, "quotes")
    wait_until(lambda: heard(any_client, "stream:quotes"), "the entry was heard")
    wait_until(lambda: quote_of(any_client, "BTU").get("source") == "stream:quotes", "and is written")
