"""The check under limits version 0: which orders meet a market that looks wrong, and why."""

from collections.abc import Sequence

from services.orders.feed.batch import Orders
from services.orders.model.alert import RaisedAlert
from services.orders.model.finding import Finding
from shared.market.flags import reason_of
from shared.market.quote import Quote


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
        fresh_us: see `shared.market.flags.reason_of`.
        checked_at: when the check is made, microseconds since the Unix epoch.
    """
    findings = {
        symbol: _finding(quote, reason, checked_at)
        for symbol, quote in zip(symbols, quotes, strict=True)
        if (reason := reason_of(quote, fresh_us))
    }
    return orders.on(findings) if findings else []


def _finding(quote: Quote | None, reason: bytes, checked_at: int) -> Finding:
    if quote is None:
        return Finding(None, None, b"", None, reason, checked_at)
    return Finding(quote.bid, quote.offer, quote.transact_time, quote.updated_at, reason, checked_at)
