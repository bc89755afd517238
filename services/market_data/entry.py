"""What is known of a symbol, and of which of it Redis has."""

from typing import Final, NamedTuple

QUOTE: Final = 1
"""The part of an entry that a quote changes."""
PRICES: Final = 2
"""The part of that which a wipe-out changes."""
STATUS: Final = 4
"""The part that a status changes."""
FLAGS: Final = 8
"""The part that changes when a symbol is judged anew; quotes and wipe-outs have it, too."""


class TradingStatus(NamedTuple):
    """The last status of a symbol that was no wipe-out."""

    status: int
    """The place of its name in `market_spread.status.STATUS_NAMES`."""
    at: int
    """When it was applied, microseconds since the Unix epoch."""
    band_low: float | None
    band_high: float | None


class Entry(NamedTuple):
    """A symbol's last quote, the verdict on it, and its trading status."""

    bid: float | None
    """None where nobody bids."""
    offer: float | None
    reason: str
    """Empty, or why the symbol is risky, joined by a comma."""
    transact_time: bytes
    """The quote's; empty where there never was one."""
    updated_at: int | None
    """When the quote was applied, microseconds since the Unix epoch; None where there never was one."""
    source: str
    """Who sent the quote."""
    state: str
    """See `shared.market.quote_state`; published limits may take a price for none."""
    state_since: int
    """When that began: microseconds since the Unix epoch."""
    status: TradingStatus | None
    written_at: int
    """When anything here last changed: always later than the change before."""
    limits: str = ""
    """What says `reason` and `state`: see `shared.market.limits.rules_in_force.Scope`; empty: the rule."""

    @property
    def is_quoted(self) -> bool:
        """Whether there ever was a quote."""
        return self.updated_at is not None

    def is_quoted_before(self, updated_at: int) -> bool:
        """Whether a quote of that time is newer, whenever flags or a status were written.

        Prices that are gone may be of a wipe-out that is newer: its time is not known apart.
        """
        has_price = self.bid is not None or self.offer is not None
        return has_price and self.updated_at is not None and updated_at > self.updated_at

    @property
    def status_at(self) -> int:
        """When the status was applied; 0 without one."""
        return 0 if self.status is None else self.status.at

    @property
    def version(self) -> int:
        """The version of the limits that `limits` names; 0 for the rule."""
        return int(self.limits.partition(":")[0]) if self.limits else 0
