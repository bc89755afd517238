"""Bad input of every kind among good frames: good ones take effect, bad ones are told apart."""

import time
from collections import Counter

import pytest
from redis import Redis

from tests.support import frames, oracle
from tests.support.market import (
    Market,
    entries_after,
    growth,
    last_id,
    metrics,
    order_ids,
    quote_of,
    symbols,
    wait_for_metric,
)
from tests.support.processes import Processes
from tests.support.raw_sender import REFUSED, RawSender, send_all

NAN, INFINITY = float("nan"), float("inf")
BAD_QUOTES = [
    ("type", b"\x09what is this"),
    ("type", frames.quote(kind=0)),
    ("length", b"\x02"),
    ("length", frames.quote(b"")),
    ("length", frames.quote(b"SEVENTEEN LETTERS")),
    ("length", frames.quote().ljust(4096)),
    ("symbol", frames.quote(b"    ")),
    ("symbol", frames.quote(b"A B ")),
    ("symbol", frames.quote(b"AB\0 ")),
    ("symbol", frames.quote(b"\xc3\x9cBE")),
    ("transact_time", frames.quote(time=b"20260105-14:30:00\0\0\0\0")),
    ("transact_time", frames.quote(time=b"\x7f" * 21)),
    ("number", frames.quote(bid=NAN)),
    ("number", frames.quote(offer=INFINITY)),
    ("number", frames.quote(offer=-INFINITY)),
]
BAD_ORDERS = [
    ("type", b"\x00"),
    ("length", b"\x01" * 48),
    ("length", frames.order(b"SEVENTEEN LETTERS")),
    ("symbol", frames.order(b"    ")),
    ("symbol", frames.order(b"A BC")),
    ("side", frames.order(side=0)),
    ("side", frames.order(side=3)),
    ("order_id", frames.order(order_id=b"\0" * 6)),
    ("order_id", frames.order(order_id=b"\xe9rder1")),
    ("transact_time", frames.order(time=b"\n" * 21)),
    ("number", frames.order(quantity=NAN)),
    ("number", frames.order(price=INFINITY)),
]


@pytest.mark.parametrize("copies", [1, 30])
def test_bad_quotes_do_not_disturb_good_ones(client: Redis, market: Market, copies: int) -> None:
    """Among good quotes, in small batches and in large ones, each bad one is counted and set aside."""
    bad = BAD_QUOTES * copies
    good = [frames.quote(b"G%d.%d" % (copies, n), 1.0 + n, 2.0 + n) for n in range(len(bad))]
    before, after, began_us = metrics(market.ingestor), last_id(client, "rejected"), time.time_ns() // 1000

    with RawSender(market.quotes) as sender:
        for start in range(0, len(bad), 12 * copies):  # 24 at once are few, 720 are many
            for (_, wrong), right in list(zip(bad, good, strict=True))[start : start + 12 * copies]:
                sender.send(right, wrong)
        peer = sender.peer
        sender.finish()

    assert {name: quote_of(client, name)["bid"] for name in oracle.hashes(good)} == {
        name: each["bid"] for name, each in oracle.hashes(good).items()
    }
    assert growth(before, metrics(market.ingestor)) == {
        "quotes_received_total": 2 * len(bad),
        **counted("quotes", [reason for reason, _ in bad]),
    }
    check_set_aside(client, after, "market_data", peer, bad, began_us)


@pytest.mark.parametrize("copies", [1, 30])
def test_bad_orders_do_not_disturb_good_ones(client: Redis, market: Market, copies: int) -> None:
    """Among good orders, in small batches and in large ones, each bad one is counted and set aside."""
    bad = BAD_ORDERS * copies
    good = [frames.order(b"NONE", b"%6d" % n) for n in range(len(bad))]
    before, after, began_us = metrics(market.checker), last_id(client, "rejected"), time.time_ns() // 1000
    last_alert = last_id(client)

    with RawSender(market.orders) as sender:
        sender.send(
            *(payload for (_, wrong), right in zip(bad, good, strict=True) for payload in (right, wrong))
        )
        peer = sender.peer
        sender.finish()

    assert order_ids(client, last_alert) == [str(n) for n in range(len(bad))]
    assert growth(before, metrics(market.checker)) == {
        "orders_received_total": 2 * len(bad),
        "alerts_total{no_quote}": len(bad),
        **counted("orders", [reason for reason, _ in bad]),
    }
    check_set_aside(client, after, "orders", peer, bad, began_us)


def counted(message: str, reasons: list[str]) -> dict[str, float]:
    """What the metrics have to say of these refusals."""
    return {f"{message}_rejected_total{{{reason}}}": count for reason, count in Counter(reasons).items()}


def check_set_aside(
    client: Redis, after: str, feed: str, peer: str, bad: list[tuple[str, bytes]], began_us: int
) -> None:
    """The stream of what was refused has just these frames, in order, cut to 256 bytes."""
    found = entries_after(client, after, "rejected")
    assert all(began_us <= int(each.pop("at")) <= time.time_ns() // 1000 for each in found)
    assert found == [
        {"feed": feed, "reason": reason, "peer": peer, "raw": raw[:256].hex()} for reason, raw in bad
    ]


def test_odd_numbers_are_valid(client: Redis, market: Market) -> None:
    """Zero, negative and huge prices and quantities are taken as they are, on both feeds."""
    after = last_id(client)
    market.send_quotes(frames.quote(b"ZERO", 0.0, -0.0), frames.quote(b"ODDS", -1.5, 1e300))
    market.send_orders(
        frames.order(b"ODDS", quantity=-100.0, price=-0.01), frames.order(b"NONE", quantity=0.0, price=5e-324)
    )

    assert (quote_of(client, "ZERO")["bid"], quote_of(client, "ZERO")["offer"]) == ("0.0", "-0.0")
    assert [(each["quantity"], each["price"]) for each in entries_after(client, after)] == [
        ("-100.0", "-0.01"), ("0.0", "5e-324")
    ]  # fmt: skip


@pytest.mark.parametrize("size", [0, 4097, 2**32 - 1])
def test_losing_the_framing_closes_that_connection_alone(client: Redis, market: Market, size: int) -> None:
    """What came before an impossible length is processed, the log names peer and byte, others go on."""
    after = last_id(client)
    with RawSender(market.orders) as other, RawSender(market.orders) as sender:
        other.send(frames.order(b"NONE", b"other1"))
        sender.send(*(frames.order(b"NONE", b"%6d" % n) for n in range(3)))
        sender.send_bytes(size.to_bytes(4) + b"\0" * 100_000)
        sender.wait_closed()
        other.send(frames.order(b"NONE", b"other2"))
        other.finish()
        peer = sender.peer

    line = market.checker.wait_for(f"{peer}: framing lost")
    assert line["level"] == "error"
    assert f"byte {3 * 57} announces a payload of {size} bytes" in line["event"]
    found = order_ids(client, after)
    assert [each for each in found if each.isdigit()] == ["0", "1", "2"]
    assert [each for each in found if not each.isdigit()] == ["other1", "other2"]


@pytest.mark.parametrize("cut", [1, 3, 4, 5, 56])
def test_a_connection_that_ends_inside_a_frame_loses_only_that(
    client: Redis, market: Market, cut: int
) -> None:
    """Whole frames before the end take effect; the part of one behind them is dropped with a log line."""
    after = last_id(client)
    with RawSender(market.orders) as sender:
        sender.send(frames.order(b"NONE", b"whole1"), frames.order(b"NONE", b"whole2"))
        sender.send_bytes(frames.frame(frames.order(b"NONE", b"partly"))[:cut])
        peer = sender.peer
        sender.finish()

    assert order_ids(client, after) == ["whole1", "whole2"]
    market.checker.wait_for(f"{peer}: connection ended inside frame 2: its {cut} bytes are dropped")


def test_each_refusal_is_logged_with_peer_and_frame(
    processes: Processes, any_url: str, any_client: Redis
) -> None:
    """The first refusals are logged with peer, number of the frame (HELLO is none); a flood is not."""
    checker = processes.check(any_url)
    with RawSender(checker.address(), b"named") as sender:
        sender.send(frames.order(), b"\x05", frames.order(), frames.order(side=7))
        sender.send(*[b"\x05"] * 1000)
        peer = sender.peer
        sender.acks_until(1004)

    checker.terminate()
    assert checker.wait() == 0
    assert len(checker.events(f"{peer}: frame 1 refused: type")) == 1
    assert len(checker.events(f"{peer}: frame 3 refused: side")) == 1
    assert 20 <= len(checker.events("refused")) <= 30
    assert 1000 <= any_client.xlen("rejected") <= 1002


def test_a_flood_of_rubbish_is_counted_but_set_aside_at_a_bounded_rate(
    processes: Processes, any_url: str, any_client: Redis
) -> None:
    """Of 50,000 bad frames all are counted, the first 1,000 are set aside, and 100 a second after that."""
    ingestor = processes.ingest(any_url)
    began = time.monotonic()
    send_all(ingestor.address(), *[b"\x05rubbish"] * 50_000)
    assert metrics(ingestor)["quotes_rejected_total{type}"] == 50_000
    assert any_client.xlen("rejected") >= 1000

    while (stored := any_client.xlen("rejected")) < 1050:
        send_all(ingestor.address(), b"\x05rubbish")
    assert stored <= 1000 + 100 * (time.monotonic() - began)


@pytest.mark.parametrize(("feed", "other"), [("market_data", "orders"), ("orders", "market_data")])
@pytest.mark.slow
def test_a_feed_on_the_wrong_port_is_told_in_one_line(
    processes: Processes, any_url: str, any_client: Redis, feed: str, other: str
) -> None:
    """A sender that takes one feed for the other is named once in the log, and good frames still count."""
    stray, good = frames.order(), frames.quote(b"STRY")
    process = processes.ingest(any_url)
    if feed == "orders":
        stray, good = good, stray
        process = processes.check(any_url)
    with RawSender(process.address()) as sender:
        sender.send(*[stray] * 3000, good)
        peer = sender.peer
        sender.finish()

    count = metrics(process)
    process.terminate()
    assert process.wait() == 0
    (line,) = [line for line in process.log if peer in line["event"]]
    assert f"belongs to the {other} feed, and this is the port of the {feed} feed" in line["event"]
    assert entries_after(any_client, stream="rejected")[0]["reason"] == "type"
    received = {"orders": "orders", "market_data": "quotes"}[feed]
    assert count[f"{received}_received_total"] == 3001
    assert count[f"{received}_rejected_total{{type}}"] == 3000


def test_new_symbols_beyond_the_limit_are_refused(
    processes: Processes, redis_url: str, redis_client: Redis
) -> None:
    """With room for 10 symbols the others are refused, whatever batch they come in; the ten go on."""
    ingestor = processes.ingest(redis_url, "--max-symbols", "10")
    names = [b"S%03d" % n for n in range(100)]
    send_all(ingestor.address(), *(frames.quote(name, 1.0, 1.0) for name in names))
    for name in names[:12]:
        send_all(ingestor.address(), frames.quote(name, 2.0, 2.0))

    assert sorted(redis_client.smembers("symbols")) == names[:10]
    assert {quote_of(redis_client, name.decode())["bid"] for name in names[:10]} == {"2.0"}
    assert len(redis_client.keys("symbol:*")) == 10
    assert metrics(ingestor)["quotes_rejected_total{too_many_symbols}"] == 92
    assert Counter(each["reason"] for each in entries_after(redis_client, stream="rejected")) == {
        "too_many_symbols": 92
    }
    wait_for_metric(ingestor, "symbols", 10)


@pytest.mark.slow
def test_damaged_feeds_add_up(processes: Processes, any_url: str, any_client: Redis) -> None:
    """Thousands of good, mutated and random frames, cut anywhere: everything adds up on both feeds."""
    market = Market(processes, any_url)
    for feed, address in ((frames.QUOTE, market.quotes), (frames.ORDER, market.orders)):
        payloads = frames.Mixture(feed, seed=feed, damaged=0.3).payloads(10_000)
        with RawSender(address) as sender:
            for piece in frames.pieces(b"".join(map(frames.frame, payloads)), seed=feed):
                sender.send_bytes(piece)
            sender.finish()

        process, message = {1: (market.checker, "orders"), 2: (market.ingestor, "quotes")}[feed]
        reasons = [reason for payload in payloads if (reason := frames.refusal(payload, feed)) is not None]
        seen = growth({}, metrics(process))
        assert {name: value for name, value in seen.items() if not name.startswith("alerts")} == {
            f"{message}_received_total": 10_000, **counted(message, reasons)
        }  # fmt: skip
        if feed == frames.QUOTE:
            good = [payload for payload in payloads if frames.refusal(payload, feed) is None]
            right = oracle.hashes(good)
            assert symbols(any_client) == set(right)
            assert all(quote_of(any_client, name)["bid"] == each["bid"] for name, each in right.items())


@pytest.mark.parametrize("feed", ["market_data", "orders"])
def test_a_resumable_sender_on_the_wrong_port_is_told_at_its_end(market: Market, feed: str) -> None:
    """All its frames are acknowledged as refused ones are; when it closes its side, an ERROR says why."""
    stray, good, address = frames.order(), frames.quote(), market.quotes
    if feed == "orders":
        stray, good, address = good, stray, market.orders
    with RawSender(address, b"stray-%s" % feed.encode()) as sender:
        assert sender.ack() == 0
        sender.send(*[stray] * 300)
        sender.acks_until(300)
        sender.send(stray)
        sender.acks_until(301)
        sender.half_close()
        code, text = sender.error()
    assert code == REFUSED
    assert text.startswith("all 301 frames: they belong to the ")
    assert text.endswith(f"this is the port of the {feed} feed")

    for others in ([stray, good], [good, stray], [b"\x63garbage"], []):
        with RawSender(address, b"stray-%d" % len(others)) as sender:
            first = sender.ack()
            sender.send(*others)
            sender.acks_until(first + len(others))
            sender.half_close()
            assert sender.answer() is None, "it closes without a word"
