"""Quotes from a Redis stream: the last one of each symbol holds, whichever ingestor takes it."""

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

from redis import Redis

from services.cli.local.embedded import Server
from tests.support import frames
from tests.support.market import entries_after, metrics, wait_for_metric
from tests.support.order_streams import add as add_order
from tests.support.order_streams import checker
from tests.support.processes import Processes, wait_until
from tests.support.quote_streams import add, add_bids, bid, ingestor, quote
from tests.support.raw_sender import send_all

OCC = "AAPL  251219C00200000"


def test_the_last_quote_of_each_symbol_is_written_and_the_stream_trimmed(
    redis_client: Redis, redis_server: Server, processes: Processes
) -> None:
    """Entries from before and after the start are taken in order, with the verdict on the last of each."""
    add_bids(redis_client, range(1, 100))
    add(redis_client, symbol="IBM", bid="10.0", offer="10.05")
    process = ingestor(processes, redis_server.url, "quotes")
    wait_until(lambda: bid(redis_client) == "99.0", "what was there is written")
    add_bids(redis_client, range(100, 2500))
    wait_until(lambda: bid(redis_client) == "2499.0", "what came later is written")

    assert {name: quote(redis_client, "IBM")[name] for name in ("bid", "offer", "risky", "reason")} == {
        "bid": "10.0", "offer": "10.05", "risky": "1", "reason": "spread",
    }  # fmt: skip
    assert redis_client.smembers("symbols") == {b"BTU", b"IBM"}
    wait_until(lambda: redis_client.xlen("quotes") <= 1, "what has taken effect is trimmed")
    wait_for_metric(process, "quotes_received_total", 2500)


def test_a_quote_may_have_one_side_or_none_and_a_wide_symbol(
    redis_client: Redis, redis_server: Server, processes: Processes
) -> None:
    """An absent side is missing or empty, and empty in the hash; a symbol keeps its inner spaces."""
    add(redis_client, symbol=f" {OCC} ", bid="1.5")
    add(redis_client, symbol="ONE", bid="", offer="2")
    add(redis_client, symbol="NONE")
    ingestor(processes, redis_server.url, "quotes")
    wait_until(lambda: quote(redis_client, "NONE"), "all are written")
    found = {name: quote(redis_client, name) for name in (OCC, "ONE", "NONE")}
    assert {name: (each["bid"], each["offer"]) for name, each in found.items()} == {
        OCC: ("1.5", ""), "ONE": ("", "2.0"), "NONE": ("", ""),
    }  # fmt: skip


def test_quotes_are_kept_on_demand_and_not_taken_again(
    redis_client: Redis, redis_server: Server, processes: Processes
) -> None:
    """With --keep-quotes entries stay, and a restarted ingestor goes on behind them."""
    add_bids(redis_client, range(1, 3))
    first = ingestor(processes, redis_server.url, "quotes", words=("--keep-quotes",))
    wait_until(lambda: bid(redis_client) == "2.0", "the first are written")
    first.terminate()
    assert first.wait() == 0
    add_bids(redis_client, range(3, 5))
    second = ingestor(processes, redis_server.url, "quotes", words=("--keep-quotes",))
    wait_until(lambda: bid(redis_client) == "4.0", "the others are written")
    wait_for_metric(second, "quotes_received_total", 2)
    assert redis_client.xlen("quotes") == 4


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"bid": "1"}, "symbol"),
    ({"symbol": "A" * 65}, "symbol"),
    ({"symbol": "BTU", "transact_time": "2" * 36}, "transact_time"),
    ({"symbol": "BTU", "bid": "nan"}, "number"),
    ({"symbol": "BTU", "bid": "1", "offer": "much"}, "number"),
]


def test_malformed_entries_are_set_aside_and_block_nothing(
    redis_client: Redis, redis_server: Server, processes: Processes
) -> None:
    """Entries that are no quotes are counted and stored under their reasons; those between take effect."""
    for number, (fields, _) in enumerate(MALFORMED):
        add_bids(redis_client, range(number, number + 1))
        add(redis_client, **fields)
    process = ingestor(processes, redis_server.url, "quotes")
    wait_until(lambda: redis_client.xlen("rejected") == len(MALFORMED), "they are set aside")
    wait_until(lambda: bid(redis_client) == f"{len(MALFORMED) - 1}.0", "the others take effect")

    rejected = entries_after(redis_client, stream="rejected")
    assert [each["reason"] for each in rejected] == [reason for _, reason in MALFORMED]
    assert {(each["feed"], each["peer"]) for each in rejected} == {("market_data", "stream quotes")}
    counts = metrics(process)
    for reason, count in Counter(reason for _, reason in MALFORMED).items():
        assert counts[f"quotes_rejected_total{{{reason}}}"] == count


def test_a_symbol_beyond_the_bound_is_refused(
    redis_client: Redis, redis_server: Server, processes: Processes
) -> None:
    """With its reason, while those that are known go on."""
    add_bids(redis_client, range(1, 2), symbol="ONE")
    add_bids(redis_client, range(1, 2), symbol="TWO")
    add_bids(redis_client, range(2, 3), symbol="ONE")
    ingestor(processes, redis_server.url, "quotes", words=("--max-symbols", "1"))
    wait_until(lambda: bid(redis_client, "ONE") == "2.0", "the known one goes on")
    wait_until(lambda: redis_client.xlen("rejected"), "the other one is set aside")
    assert [each["reason"] for each in entries_after(redis_client, stream="rejected")] == ["too_many_symbols"]
    assert not redis_client.exists("symbol:TWO")


def test_a_standby_takes_over_when_the_owner_dies(
    redis_client: Redis, redis_server: Server, processes: Processes
) -> None:
    """The second ingestor goes on where the first one's commits ended, and knows what that one wrote."""
    owner = ingestor(processes, redis_server.url, "quotes")
    standby = ingestor(processes, redis_server.url, "quotes")
    standby.wait_for("standing by")
    add_bids(redis_client, range(1, 100), symbol="FIRST")
    wait_until(lambda: bid(redis_client, "FIRST") == "99.0", "the owner writes")
    owner.kill()
    add_bids(redis_client, range(1, 100), symbol="SECOND")
    wait_until(lambda: bid(redis_client, "SECOND") == "99.0", "the standby takes over")

    redis_client.delete("symbol:FIRST")
    wait_until(lambda: bid(redis_client, "FIRST") == "99.0", "what the former owner wrote is written again")


def test_an_owner_that_stood_still_overwrites_nothing(
    redis_client: Redis, redis_server: Server, processes: Processes
) -> None:
    """A paused owner is replaced; when it wakes it stands by, and the newest quotes stay."""
    owner = ingestor(processes, redis_server.url, "quotes")
    add_bids(redis_client, range(1, 2))
    wait_until(lambda: bid(redis_client) == "1.0", "the owner writes")
    standby = ingestor(processes, redis_server.url, "quotes")
    standby.wait_for("standing by")
    os.kill(owner.pid, signal.SIGSTOP)
    add_bids(redis_client, range(2, 300))
    wait_until(lambda: bid(redis_client) == "299.0", "the standby takes over")
    os.kill(owner.pid, signal.SIGCONT)
    add_bids(redis_client, range(300, 400))
    owner.wait_for("has another owner: standing by")
    wait_until(lambda: bid(redis_client) == "399.0", "the last one holds")


def test_lost_quotes_are_written_again(
    redis_client: Redis, redis_server: Server, processes: Processes
) -> None:
    """Those of a stream as those of the feed: Redis is emptied, and has them all again."""
    process = processes.ingest(redis_server.url, "--stream", "quotes")
    add_bids(redis_client, range(1, 10))
    send_all(process.address(), frames.quote(b"IBM", 10.0, 10.01))
    wait_until(lambda: bid(redis_client) == "9.0" and bid(redis_client, "IBM") == "10.0", "both are written")
    redis_client.flushall()
    wait_until(lambda: bid(redis_client) == "9.0" and bid(redis_client, "IBM") == "10.0", "both are back")
    add_bids(redis_client, range(10, 12))
    wait_until(lambda: bid(redis_client) == "11.0", "the stream goes on")


def test_both_feeds_may_name_symbols_differently(
    redis_client: Redis, redis_server: Server, processes: Processes, tmp_path: Path
) -> None:
    """Each service maps the names of its streams to ours; what is not in the file keeps its name."""
    path = tmp_path / "symbols.csv"
    path.write_text("theirs,ours\nBTC-USD,BTCUSD\nXBT/USD,BTCUSD\n")
    words = ("--symbol-map", str(path))
    ingestor(processes, redis_server.url, "quotes", words=words)
    checker(processes, redis_server.url, "orders", words=words)
    add(redis_client, symbol="BTC-USD", bid="10", offer="11")
    add(redis_client, symbol="ETHUSD", bid="10", offer="10.01")
    wait_until(lambda: bid(redis_client, "ETHUSD"), "both are written")
    assert redis_client.smembers("symbols") == {b"BTCUSD", b"ETHUSD"}

    for symbol in ("XBT/USD", "ETHUSD", "BTCUSD"):
        add_order(redis_client, 1, symbol=symbol)
    wait_until(lambda: redis_client.xlen("alerts") == 2, "the orders are checked")
    assert [(each["symbol"], each["reason"]) for each in entries_after(redis_client)] == [
        ("BTCUSD", "spread,spread_ratio")
    ] * 2
