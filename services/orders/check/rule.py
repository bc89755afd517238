"""The check: which orders meet a market that looks wrong, and why."""

from collections.abc import Sequence

from services.orders.feed.batch import Orders
from services.orders.model.alert import RaisedAlert
from shared.market.quote import Quote
from shared.market.verdict import Verdict, reason_of


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
        fresh_us: see `shared.market.verdict.reason_of`.
        checked_at: when the check is made, microseconds since the Unix epoch.
    """
    markets = {
        symbol: Verdict(quote, reason, checked_at)
        for symbol, quote in zip(symbols, quotes, strict=True)
        if (reason := reason_of(quote, fresh_us)) or orders.may_be_late
    }
    return orders.on(markets) if markets else []
