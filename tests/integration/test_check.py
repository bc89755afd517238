"""Orders in, alerts out: every reason, every field, in order, and on the market of the moment."""

import random
from collections import Counter

import pytest
from redis import Redis

from tests.support import frames, oracle
from tests.support.market import (
    Market,
    entries_after,
    last_id,
    metrics,
    metrics_at_rest,
    order_ids,
    quote_of,
    wait_for_growth,
)
from tests.support.processes import Processes
from tests.support.raw_sender import RawSender, send_all

MARKETS = [(10.0, 10.01), (10.0, 10.05), (0.39, 0.41), (0.97, 1.02), (10.05, 10.0), (-1.0, -1.0)]


def made_market(prefix: bytes) -> list[bytes]:
    """A quote on each of 120 symbols of all widths, the sixth part risky for each reason."""
    return [frames.quote((prefix + b"%d" % n).rjust(4 + n % 13), *MARKETS[n % 6]) for n in range(120)]


def made_orders(prefix: bytes, count: int, seed: int) -> list[bytes]:
    """Orders on these symbols and on 40 others, of both sides and with odd numbers, each with its own ID."""
    chance = random.Random(seed)
    symbols = [(prefix + b"%d" % n).rjust(4 + n % 13) for n in range(160)]
    return [
        frames.order(
            chance.choice(symbols),
            b"%6d" % n,
            side=chance.choice((1, 2)),
            account=chance.randrange(2**32),
            quantity=chance.choice((-100.0, 0.0, 1e-9, 4000.0)),
            price=chance.choice((-0.01, 0.1, 19.6505, 1e16)),
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("batch", [1, 30, 1000, 10_000])
def test_thousands_of_orders_raise_the_right_alerts(client: Redis, market: Market, batch: int) -> None:
    """In batches of any size, orders raise exactly the right alerts, of every reason, right in each field."""
    prefix = b"A%d." % batch
    quotes, orders = made_market(prefix), made_orders(prefix, min(100 * batch, 10_000), seed=1)
    right = oracle.alerts(quotes, orders)
    before, after = metrics_at_rest(market.checker), last_id(client)

    market.send_quotes(*quotes)
    with RawSender(market.orders, b"batches-of-%d" % batch) as sender:
        for start in range(0, len(orders), batch):
            sender.send(*orders[start : start + batch])
            sender.acks_until(min(start + batch, len(orders)))

    found = entries_after(client, after)
    named = [orders[int(alert.pop("sequence"))] for alert in found]
    assert [frames.read(order, frames.ORDER).order_id.decode() for order in named] == [
        alert["order_id"] for alert in right
    ]
    assert {alert.pop("source") for alert in found} == {f"batches-of-{batch}"}
    for alert in found:
        checked_at, quote_at = alert.pop("checked_at"), alert.pop("quote_at")
        assert checked_at.isdigit()
        assert int(quote_at) <= int(checked_at) if alert["quote_time"] else not quote_at
    assert found == right
    reasons = Counter(reason for alert in right for reason in alert["reason"].split(","))
    counted = {f"alerts_total{{{reason}}}": float(count) for reason, count in reasons.items()}
    wait_for_growth(market.checker, before, {"orders_received_total": len(orders), **counted})


def test_an_alert_has_its_fields_in_their_order(client: Redis, market: Market) -> None:
    """A plain reader of the stream finds the contract's fields, no more and no less, in its order."""
    after = last_id(client)
    market.send_orders(frames.order(b"NONE", b"fields"))

    (alert,) = entries_after(client, after)
    assert list(alert) == [
        "order_id", "account", "side", "symbol", "quantity", "price", "transact_time",
        "bid", "offer", "quote_time", "reason", "checked_at", "quote_at", "source", "sequence",
    ]  # fmt: skip


def test_an_order_sees_the_quotes_written_before_it(client: Redis, market: Market) -> None:
    """An order sent when a quote has taken effect is judged by that quote, time after time."""
    after = last_id(client)
    with RawSender(market.orders, b"turns") as orders:
        for number in range(60):
            market.send_quotes(frames.quote(b"TURN", 10.0, 10.01 if number % 3 else 10.05))
            orders.send(frames.order(b"TURN", b"%6d" % number))
            orders.acks_until(number + 1)

    assert order_ids(client, after) == [str(number) for number in range(0, 60, 3)]


def test_alerts_of_a_connection_are_in_its_order(client: Redis, market: Market) -> None:
    """Of three connections that send at once, each one's alerts are complete and in order."""
    after = last_id(client)
    senders = [RawSender(market.orders) for _ in range(3)]
    for start in range(0, 3000, 10):
        for account, sender in enumerate(senders):
            sender.send(
                *(frames.order(b"NONE", b"%6d" % n, account=account) for n in range(start, start + 10))
            )
    for sender in senders:
        sender.finish()

    found = entries_after(client, after)
    for account in range(3):
        numbers = [int(alert["order_id"]) for alert in found if alert["account"] == str(account)]
        assert numbers == list(range(3000))


def test_half_closing_waits_for_the_effect(client: Redis, market: Market) -> None:
    """When the service closes its side after a half-close, every alert is there already."""
    for lap in range(20):
        after = last_id(client)
        market.send_orders(*(frames.order(b"NONE", b"%6d" % n) for n in range(1 + 100 * lap)))
        assert len(entries_after(client, after)) == 1 + 100 * lap


def test_old_quotes_alert_when_asked_for(processes: Processes, any_url: str, any_client: Redis) -> None:
    """With a limit of age a quote applied longer ago alerts, beside its other reasons; a new one does not."""
    market = Market(processes, any_url, check=("--max-quote-age-ms", "60000"))
    market.send_quotes(frames.quote(b"FINE"), frames.quote(b"WIDE", 10.0, 10.05), frames.quote(b" NEW"))
    for symbol in ("FINE", "WIDE"):
        long_ago = int(quote_of(any_client, symbol)["updated_at"]) - 61_000_000
        any_client.hset(f"symbol:{symbol}", "updated_at", long_ago)

    market.send_orders(*(frames.order(symbol) for symbol in (b"FINE", b"WIDE", b" NEW", b"NONE")))

    assert [(alert["symbol"], alert["reason"]) for alert in entries_after(any_client)] == [
        ("FINE", "stale_quote"), ("WIDE", "spread,stale_quote"), ("NONE", "no_quote"),
    ]  # fmt: skip
    now = metrics(market.checker)
    assert [now[f"alerts_total{{{reason}}}"] for reason in ("spread", "stale_quote", "no_quote")] == [1, 2, 1]


def test_the_alert_stream_is_trimmed(processes: Processes, redis_url: str, redis_client: Redis) -> None:
    """The stream of alerts keeps about as many as it was told, the newest ones."""
    checker = processes.check(redis_url, "--max-alerts", "500")

    send_all(checker.address(), *(frames.order(b"NONE", b"%6d" % n) for n in range(5000)))

    found = [int(order_id) for order_id in order_ids(redis_client)]
    assert 500 <= len(found) < 2500
    assert found == list(range(5000))[-len(found) :]


def test_alerts_go_to_the_stream_that_is_named(
    processes: Processes, redis_url: str, redis_client: Redis
) -> None:
    """With another stream of alerts, alerts and positions go there."""
    checker = processes.check(redis_url, "--alerts", "desk:alerts")

    with RawSender(checker.address(), b"desk-1") as sender:
        sender.send(frames.order(b"NONE", b"named1"))
        sender.acks_until(1)

    assert [alert["order_id"] for alert in entries_after(redis_client, stream="desk:alerts")] == ["named1"]
    assert redis_client.hget("position:{desk:alerts}:orders:desk-1", "position") == b"1"
    assert not redis_client.exists("alerts")
