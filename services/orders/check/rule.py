"""The check: which orders meet a market that looks wrong, and why."""

from collections.abc import Sequence
from typing import Final

from services.orders.feed.batch import Orders
from services.orders.model.alert import Quote, RaisedAlert, Verdict
from shared.base.integers import parse_uint

NO_QUOTE: Final = b"no_quote"
STALE_QUOTE: Final = b"stale_quote"

CLOCKS_DIFFER_US: Final = 100_000


def reason_of(quote: Quote | None, fresh_us: range | None) -> bytes:
    """Why an order on this market alerts; empty if it does not.

    Args:
        quote: the symbol's last quote.
        fresh_us: when a quote may have been applied that is not stale; None if age does not matter.
    """
    if quote is None:
        return NO_QUOTE
    if not (quote.bid and quote.offer):  # whoever wrote it: there is no spread
        reason = NO_QUOTE
    else:
        reason = quote.reason if quote.risky == b"1" else b""
    if fresh_us is not None and parse_uint(quote.updated_at) not in fresh_us:
        return b",".join((reason, STALE_QUOTE)) if reason else STALE_QUOTE
    return reason


def fresh_at(now_us: int, max_age_us: int) -> range:
    """When a quote may have been applied that is not stale now.

    One from the future is stale: its age is unknown. Two processes know the server's clock only as exactly as
    its answers are quick, so what is a little ahead is no future yet.
    """
    return range(now_us - max_age_us, now_us + CLOCKS_DIFFER_US + 1)


def find_alerts(
    orders: Orders,
    symbols: Sequence[int],
    quotes: Sequence[Quote | None],
    fresh_us: range | None,
    checked_at: int,
) -> list[RaisedAlert]:
    """The alerts of a batch, in the order of its frames.

    Args:
        orders: the batch.
        symbols: the symbols that it is about.
        quotes: the last quote of each of them.
        fresh_us: see `reason_of`.
        checked_at: when the check is made, microseconds since the Unix epoch.
    """
    markets = {
        symbol: Verdict(quote, reason, checked_at)
        for symbol, quote in zip(symbols, quotes, strict=True)
        if (reason := reason_of(quote, fresh_us))
    }
    return orders.on(markets) if markets else []
