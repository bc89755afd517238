"""The check: which orders meet a market that looks wrong, and why."""

from collections.abc import Sequence
from typing import Final

from services.orders.alert import Alert, Market, Quote
from services.orders.batch import Orders
from shared.natural import natural

NO_QUOTE: Final = b"no_quote"
STALE_QUOTE: Final = b"stale_quote"


def reason_of(quote: Quote | None, oldest_us: int | None) -> bytes:
    """Why an order on this market alerts; empty if it does not.

    Args:
        quote: the symbol's last quote.
        oldest_us: a quote applied before that is stale; None if age does not matter.
    """
    if quote is None:
        return NO_QUOTE
    reason = quote.reason if quote.risky == b"1" else b""
    if oldest_us is not None and not _is_fresh(quote.updated_at, oldest_us):
        return b",".join((reason, STALE_QUOTE)) if reason else STALE_QUOTE
    return reason


def _is_fresh(updated_at: bytes, oldest_us: int) -> bool:
    """Whether a quote is not stale; one whose time is no number (somebody else wrote it) is."""
    found = natural(updated_at)
    return found is not None and found >= oldest_us


def find_alerts(
    orders: Orders,
    symbols: Sequence[int],
    quotes: Sequence[Quote | None],
    max_age_us: int | None,
    now_us: int,
) -> list[Alert]:
    """The alerts of a batch, in the order of its frames.

    Args:
        orders: the batch.
        symbols: the symbols that it is about.
        quotes: the last quote of each of them.
        max_age_us: how old a quote may be; None if age does not matter.
        now_us: when the check is made, microseconds since the Unix epoch.
    """
    oldest_us = None if max_age_us is None else now_us - max_age_us
    markets = {
        symbol: Market(quote, reason, now_us)
        for symbol, quote in zip(symbols, quotes, strict=True)
        if (reason := reason_of(quote, oldest_us))
    }
    return orders.on(markets) if markets else []
