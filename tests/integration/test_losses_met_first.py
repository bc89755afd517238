"""Redis comes back with older data: it is noticed whichever round trip meets the break first.

A market that had turned risky is calm again in what Redis has. Orders must not pass on it.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support import frames
from tests.support.losses import Loss
from tests.support.market import Market, entries_after, quote_of
from tests.support.processes import Processes, wait_until
from tests.support.raw_sender import RawSender

COUNT, RISKY_FROM = 50, 40
NEW = frames.quote(b"NEW0", 10.0, 10.01)
GARBAGE = b"\x63garbage"

AtWork = Callable[[Market], AbstractContextManager[object]]


def nobody(_: Market) -> AbstractContextManager[None]:
    """The services' own looks and rows meet the break."""
    return nullcontext()


def quotes(market: Market) -> RawSender:
    """A write of quotes."""
    return _sending(RawSender(market.quotes), NEW)


def resumable_quotes(market: Market) -> RawSender:
    """A write of quotes, and the commit of a position."""
    return _sending(RawSender(market.quotes, b"desk"), NEW)


def refused_quotes(market: Market) -> RawSender:
    """An entry in the stream of what was refused."""
    return _sending(RawSender(market.quotes), GARBAGE)


def refused_quotes_of_a_source(market: Market) -> RawSender:
    """The same, and the commit of a position without any quote."""
    return _sending(RawSender(market.quotes, b"desk"), GARBAGE)


def hello_to_the_ingestor(market: Market) -> RawSender:
    """The position of a source of quotes."""
    return RawSender(market.quotes, b"desk")


def hello_to_the_checker(market: Market) -> RawSender:
    """The position of a source of orders."""
    return RawSender(market.orders, b"desk")


def orders(market: Market) -> RawSender:
    """A read of quotes."""
    return _sending(RawSender(market.orders, b"desk"), frames.order(b"S000"))


def refused_orders(market: Market) -> RawSender:
    """An entry in the stream of what was refused, by the checker."""
    return _sending(RawSender(market.orders), GARBAGE)


def _sending(sender: RawSender, payload: bytes) -> RawSender:
    sender.send(payload)
    return sender


SOON = [refused_quotes, hello_to_the_ingestor, orders]
LATE = [
    nobody,
    quotes,
    resumable_quotes,
    refused_quotes_of_a_source,
    hello_to_the_checker,
    refused_orders,
]
FIRST = [*SOON, *(pytest.param(each, marks=pytest.mark.slow) for each in LATE)]


def send_quotes(market: Market, risky_from: int) -> None:
    """A quote of every symbol; those from this number on are risky."""
    market.send_quotes(
        *(frames.quote(b"S%03d" % n, 10.0, 10.01 if n < risky_from else 10.5) for n in range(COUNT))
    )


@pytest.mark.parametrize("first", FIRST)
def test_a_market_that_had_turned_risky_is_not_calm_again(
    losing_server: Server, loss: Loss, processes: Processes, first: AtWork
) -> None:
    """Every order meets the newer quotes, sent right after Redis is back; those are in Redis within 2 s."""
    market = Market(processes, losing_server.url)
    with Redis(port=losing_server.port) as client:
        send_quotes(market, risky_from=COUNT)
        make_old = loss.remember(losing_server)
        send_quotes(market, risky_from=RISKY_FROM)
        market.send_orders(frames.order(b"S000"))
        losing_server.kill()
        make_old()
        with first(market):
            losing_server.start()
            market.send_orders(*(frames.order(b"S%03d" % n, b"%06d" % n) for n in range(COUNT)))
        found = entries_after(client)
        wait_until(lambda: quote_of(client, "S049")["offer"] == "10.5", "the newer quotes are back", 2)

    assert [alert["order_id"] for alert in found] == [f"{n:06}" for n in range(RISKY_FROM, COUNT)]
    assert {alert["offer"] for alert in found} == {"10.5"}
    market.ingestor.wait_for("all quotes are in Redis again")
    assert len(market.ingestor.events("all quotes are in Redis again")) == 1
