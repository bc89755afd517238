"""Quotes in, hashes out: the last quote of each symbol, however the quotes were batched."""

import random
import time

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support import frames, oracle
from tests.support.market import Market, metrics, quote_of, quoted, symbols
from tests.support.processes import Processes, wait_until
from tests.support.raw_sender import RawSender, send_all

PRICES = [
    (10.0, 10.01),
    (10.0, 10.05),
    (0.39, 0.41),
    (0.97, 1.02),
    (10.05, 10.0),
    (-10.0, -9.95),
    (-0.01, 0.01),
]


def made_quotes(prefix: bytes, count: int, seed: int) -> list[bytes]:
    """Quotes on some 200 symbols of all widths, each told apart by its time."""
    chance = random.Random(seed)
    symbols = [(prefix + b"%d" % n).rjust(4 + n % 13) for n in range(200)]
    return [
        frames.quote(chance.choice(symbols), *chance.choice(PRICES), time=b"20260105-%012d" % n)
        for n in range(count)
    ]


@pytest.mark.parametrize("batch", [1, 7, 100, 20_000])
def test_every_hash_ends_at_its_symbols_last_quote(client: Redis, market: Market, batch: int) -> None:
    """Sent in batches of any size, quotes leave each hash at its symbol's last one and verdict."""
    quotes = made_quotes(b"E%d." % batch, min(40 * batch, 20_000), seed=batch)
    right = oracle.hashes(quotes)
    known = symbols(client)
    before = metrics(market.ingestor)["quotes_received_total"]

    with RawSender(market.quotes, b"batches-of-%d" % batch) as sender:
        for start in range(0, len(quotes), batch):
            sender.send(*quotes[start : start + batch])
            sender.acks_until(min(start + batch, len(quotes)))

    assert {name: quoted(client, name) for name in right} == right
    assert symbols(client) - known == set(right)
    assert metrics(market.ingestor)["quotes_received_total"] == before + len(quotes)


def test_a_hash_says_when_its_quote_was_applied(client: Redis, market: Market) -> None:
    """The times of writing are the ingestor's, in microseconds; the transact time stays as received."""
    began_us = time.time_ns() // 1000

    market.send_quotes(frames.quote(b"WHEN", 19.6505, 19.7, time=b"any 21 printable char"))

    found = quote_of(client, "WHEN")
    at = found["updated_at"]
    assert began_us <= int(at) <= time.time_ns() // 1000
    assert found == {
        "bid": "19.6505", "offer": "19.7", "risky": "0", "reason": "", "state": "two_sided",
        "transact_time": "any 21 printable char", "source": "plain",
        "updated_at": at, "state_since": at, "written_at": at,
    }  # fmt: skip


def test_one_symbol_whatever_its_padding(client: Redis, market: Market) -> None:
    """A symbol padded on either side or not at all, in frames of any width, is one symbol."""
    for number, padded in enumerate(
        (b"PAD", b" PAD", b"PAD ", b"  PAD  ", b"PAD".rjust(16), b"PAD".ljust(16))
    ):
        market.send_quotes(frames.quote(padded, float(number), float(number)))
        assert quote_of(client, "PAD")["bid"] == repr(float(number))

    assert client.sismember("symbols", "PAD")
    assert not client.keys("symbol: *")


def test_limits_that_are_set_are_gone_by(processes: Processes, any_url: str, any_client: Redis) -> None:
    """With other limits the verdicts are others, exact in the decimal sense of what was typed."""
    ingestor = processes.ingest(any_url, "--max-spread", "0.03", "--max-spread-ratio", "0.5")
    with RawSender(ingestor.address()) as sender:
        sender.send(
            frames.quote(b"WIDE", 10.0, 10.03),
            frames.quote(b"FINE", 10.0, 10.0299),
            frames.quote(b"RATE", 0.006, 0.01),
        )
        sender.finish()

    assert [quote_of(any_client, name)["reason"] for name in ("WIDE", "FINE", "RATE")] == [
        "spread",
        "",
        "spread_ratio",
    ]


def test_the_status_and_the_metrics_tell_what_happened(client: Redis, market: Market) -> None:
    """A running ingestor's key, history and metrics count what came; the key does not outlive it."""
    before = metrics(market.ingestor)
    market.send_quotes(*made_quotes(b"STAT", 5000, seed=1))
    wait_until(lambda: client.xlen("stats:ingest"), "the first figures")
    (key,) = client.keys("service:ingest:*")

    wait_until(
        lambda: (
            int(client.hget(key, "received_total") or 0) == metrics(market.ingestor)["quotes_received_total"]
        ),
        "the key counts what was received",
    )

    assert 0 < client.pttl(key) <= 5000
    assert client.hget(key, "listen") == "{}:{}".format(*market.quotes).encode()
    now = metrics(market.ingestor)
    assert now["quotes_received_total"] - before["quotes_received_total"] == 5000
    assert now["quote_latency_seconds_count"] == now["quotes_received_total"]
    assert now["batch_size_sum"] == now["quotes_received_total"]
    assert 0 <= now["last_quote_age_seconds"] < 30
    assert now["symbols"] == len(symbols(client))
    age_ms = int(client.hget(key, "last_quote_age_ms") or -1)
    assert 0 <= age_ms < 30_000
    wait_until(lambda: int(client.hget(key, "last_quote_age_ms") or 0) > age_ms, "the last quote's age grows")


def test_a_new_ingestor_goes_on_from_what_redis_has(
    processes: Processes, redis_server: Server, redis_client: Redis
) -> None:
    """A restarted ingestor keeps the epoch and the old quotes, and counts the symbols of both runs."""
    first = processes.ingest(redis_server.url)
    send_all(first.address(), frames.quote(b" OLD", 1.0, 2.0))
    epoch = redis_client.get("epoch")
    first.terminate()
    assert first.wait() == 0

    second = processes.ingest(redis_server.url)
    send_all(second.address(), frames.quote(b" NEW"))

    assert redis_client.get("epoch") == epoch
    assert quote_of(redis_client, "OLD")["bid"] == "1.0"
    assert metrics(second)["symbols"] == 2


def test_what_others_left_in_redis_does_not_stop_a_start(
    processes: Processes, any_server: Server, any_client: Redis
) -> None:
    """Names that are none, hashes that are none or incomplete: the ingestor starts all the same."""
    any_client.sadd("symbols", b"\xff\xfe", "a b", "TEXT", "HALF", "ODDS", "GONE", "GOOD")
    any_client.set("symbol:TEXT", "no hash")
    any_client.hset("symbol:HALF", mapping={"bid": "1.0", "offer": "2.0", "reason": "", "updated_at": "5"})
    any_client.hset(
        "symbol:ODDS",
        mapping={
            "bid": "x",
            "offer": "y",
            "risky": 0,
            "reason": b"\xff",
            "transact_time": "z",
            "updated_at": "now",
        },
    )
    ingestor = processes.ingest(any_server.url)
    send_all(ingestor.address(), frames.quote(b"GOOD"), frames.quote(b"HALF", 3.0, 4.0))

    any_client.flushall()  # so that it writes all that it knows again
    wait_until(lambda: any_client.exists("epoch"), "a new epoch")

    assert symbols(any_client) == {"GOOD", "HALF"}
    assert quote_of(any_client, "HALF")["bid"] == "3.0"


def test_a_set_of_symbols_that_is_none_is_told(
    processes: Processes, any_server: Server, any_client: Redis
) -> None:
    """If `symbols` is no set, quotes are written all the same and the log says what is wrong."""
    any_client.set("symbols", "no set")
    ingestor = processes.ingest(any_server.url)

    send_all(ingestor.address(), frames.quote(b"GOOD"))

    assert quote_of(any_client, "GOOD")["bid"] == "10.0"
    ingestor.wait_for("WRONGTYPE")
