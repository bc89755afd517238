"""What hashes and alerts must come of quotes and orders; shares no code with the product."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from tests.support import frames

LIMIT: Final = Decimal("0.05")


def verdict(bid: float, offer: float) -> str:
    """Why a market is risky, joined by a comma."""
    exact_bid, exact_offer = Decimal(repr(bid)), Decimal(repr(offer))
    spread, mid = exact_offer - exact_bid, (exact_bid + exact_offer) / 2
    return ",".join(["spread"] * (spread >= LIMIT) + ["spread_ratio"] * (mid > 0 and spread >= LIMIT * mid))


def state(bid: float, offer: float) -> str:
    """The first that applies."""
    of_both = ("crossed", bid > offer), ("locked", bid == offer), ("negative", min(bid, offer) < 0)
    return next((name for name, applies in of_both if applies), "two_sided")


def hashes(quotes: Iterable[bytes]) -> dict[str, dict[str, str]]:
    """Each symbol's hash after these quotes, without what does not follow from the quotes."""
    found = {}
    for payload in quotes:
        symbol, time, bid, offer, *_ = frames.read(payload, frames.QUOTE)
        reason = verdict(bid, offer)
        found[symbol.decode()] = {
            "bid": repr(bid), "offer": repr(offer), "risky": "1" if reason else "0", "reason": reason,
            "transact_time": time.decode(), "state": state(bid, offer),
        }  # fmt: skip
    return found


def alerts(quotes: Iterable[bytes], orders: Iterable[bytes]) -> list[dict[str, str]]:
    """The alerts when all quotes have been applied before the first order, without the time of the check."""
    market = hashes(quotes)
    missing = {"bid": "", "offer": "", "transact_time": "", "reason": "no_quote"}
    found = []
    for payload in orders:
        order = frames.read(payload, frames.ORDER)
        quote = market.get(order.symbol.decode(), missing)
        if quote["reason"]:
            found.append(
                {
                    "order_id": order.order_id.decode(), "account": str(order.account),
                    "side": {1: "buy", 2: "sell"}[order.side], "symbol": order.symbol.decode(),
                    "quantity": repr(order.first), "price": repr(order.second),
                    "transact_time": order.time.decode(), "bid": quote["bid"], "offer": quote["offer"],
                    "quote_time": quote["transact_time"], "reason": quote["reason"],
                }
            )  # fmt: skip
    return found
