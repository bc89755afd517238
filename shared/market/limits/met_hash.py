"""What a symbol's hash says, as an order meets it that is judged by limits."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from shared.base.integers import parse_uint
from shared.market.limits.met import MetQuote
from shared.market.quote import Quote, parse_price

FIELDS_OF_LIMITS: Final = (
    "bid", "offer", "transact_time", "updated_at", "state_since", "status", "band_low", "band_high", "source",
    "limits",
)  # fmt: skip
"""What published limits need of a `symbol:<SYMBOL>` hash, in the order that `parse_hash` takes."""

FIELDS: Final = (*FIELDS_OF_LIMITS, "risky", "reason")
"""With what limits version 0 needs as well."""

_FLAGS: Final = len(FIELDS) - len(FIELDS_OF_LIMITS)


class MetHash(NamedTuple):
    """A symbol's quote and status."""

    quote: MetQuote | None
    """None where there is no hash; when the source was last heard of is not known by it."""
    transact_time: bytes
    """The quote's, as received."""
    flags: tuple[bytes, ...] | None
    """`risky` and `reason`, for limits version 0; None where they were not asked for or are not there."""
    version: int
    """Of the limits that whoever wrote the hash went by; 0 where it names none."""

    @property
    def flagged(self) -> Quote | None:
        """The quote with its flags; None where there is none."""
        if self.quote is None or self.flags is None:
            return None
        bid, offer, updated_at, *_ = self.quote
        risky, reason = self.flags
        return Quote(bid, offer, self.transact_time, risky == b"1", reason, updated_at)


NOTHING: Final = MetHash(None, b"", None, 0)
"""What is met where there is no hash."""


def parse_hash(values: Sequence[bytes | None]) -> MetHash:
    """What the values of `FIELDS`, or of `FIELDS_OF_LIMITS`, say; any of them may be missing.

    Raises:
        ValueError: a price or a band is neither empty nor a finite number.
    """
    bid, offer, time, updated_at, state_since, status, low, high, source, limits, *flags = values
    if bid is None and offer is None and status is None:
        return NOTHING
    met = MetQuote(
        parse_price(bid) if bid else None,
        parse_price(offer) if offer else None,
        parse_uint(updated_at) if updated_at else None,
        parse_uint(state_since) if state_since else None,
        parse_uint(status) if status else None,
        parse_price(low) if low else None,
        parse_price(high) if high else None,
        source.decode(errors="replace") if source else "",
    )
    version = parse_uint(limits[: limits.find(b":")]) or 0 if limits else 0
    found = tuple(flag for flag in flags if flag is not None)
    is_flagged = len(found) == _FLAGS and time is not None and updated_at is not None
    return MetHash(met, time or b"", found if is_flagged else None, version)
