"""A symbol's last quote as an order meets it: numbers, parsed once, where a hash is read."""

import math
from typing import Final, NamedTuple

from shared.base.integers import parse_uint

FIELDS: Final = ("bid", "offer", "transact_time", "risky", "reason", "updated_at")
"""What is read of a `symbol:<SYMBOL>` hash, in the order that `parse_quote` takes."""


class Quote(NamedTuple):
    """A quote, and the verdict on it that the ingestor wrote with it."""

    bid: float | None
    """Money, in the unit of the feed; None where the side is absent."""
    offer: float | None
    """The same."""
    transact_time: bytes
    """As received."""
    is_risky: bool
    reason: bytes
    """Why it is risky, joined by a comma."""
    updated_at: int | None
    """When it was applied: microseconds since the Unix epoch, by the data server's clock. None where the hash
    has no number."""

    @property
    def is_two_sided(self) -> bool:
        """Whether both prices are there."""
        return self.bid is not None and self.offer is not None


def parse_quote(
    bid: bytes, offer: bytes, transact_time: bytes, risky: bytes, reason: bytes, updated_at: bytes
) -> Quote:
    """The quote in the values of a hash.

    Raises:
        ValueError: a price is neither empty nor a finite number.
    """
    prices = parse_price(bid), parse_price(offer)
    return Quote(*prices, transact_time, risky == b"1", reason, parse_uint(updated_at))


def parse_price(text: bytes) -> float | None:
    """A price of a hash; None where it is empty.

    Raises:
        ValueError: it is no finite number.
    """
    if not text:
        return None
    price = float(text)
    if not math.isfinite(price):
        raise ValueError(f"{text[:80]!r} is no price")
    return price
