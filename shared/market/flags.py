"""What limits version 0 says of the market that an order meets: one pure function of quote and moment.

It goes by the flags that the ingestor has written with the quote.
"""

from typing import Final

from shared.market.age import CLOCKS_DIFFER_US
from shared.market.quote import Quote
from shared.market.reasons import NO_QUOTE, STALE_QUOTE

_NO_QUOTE: Final = NO_QUOTE.encode()
_STALE_QUOTE: Final = STALE_QUOTE.encode()


def reason_of(quote: Quote | None, fresh_us: range | None) -> bytes:
    """Why an order on this market alerts; empty if it does not.

    Args:
        quote: the symbol's last quote; one with a side absent has no spread, and counts as none.
        fresh_us: when a quote may have been applied that is not stale; None if age does not matter.
    """
    if quote is None:
        return _NO_QUOTE
    if quote.bid is None or quote.offer is None:  # whoever wrote it
        reason = _NO_QUOTE
    else:
        reason = quote.reason if quote.is_risky else b""
    if fresh_us is not None and quote.updated_at not in fresh_us:
        return b",".join((reason, _STALE_QUOTE)) if reason else _STALE_QUOTE
    return reason


def fresh_at(now_us: int, max_age_us: int) -> range:
    """When a quote may have been applied that is not stale now.

    One from the future is stale: its age is unknown. Two processes know the server's clock only as exactly as
    its answers are quick, so what is a little ahead is no future yet.
    """
    return range(now_us - max_age_us, now_us + CLOCKS_DIFFER_US + 1)
