"""What is found out about an order: the market that it met, and what is said to that."""

from typing import NamedTuple


class Finding(NamedTuple):
    """The part of an alert that is not the order's own; many orders of a batch may have it in common."""

    bid: float | None
    """Money, in the unit of the feed; None where the side is absent, or there is no quote."""
    offer: float | None
    quote_time: bytes
    """The quote's transact time as received; empty without a quote."""
    quote_at: int | None
    """When the quote was applied. All times are microseconds since the Unix epoch."""
    reason: bytes
    """Several are joined by a comma; empty if the order passes."""
    checked_at: int
    limits: bytes = b""
    """What judged: see `shared.market.limits.rules_in_force.Scope.text`; empty for version 0."""
    broken: bytes = b""
    """See `shared.market.limits.verdict.Verdict.broken`."""
    state: bytes = b""
    """Of the quote, unless it is two-sided."""
    severity: bytes = b""
    """Unless it is normal."""
