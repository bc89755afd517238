"""What a symbol's hash says, as an order meets it that is judged by limits."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from shared.base.integers import parse_uint
from shared.market import quote
from shared.market.limits.met import MetQuote
from shared.market.quote import Quote, parse_price

FIELDS: Final = (
    *quote.FIELDS, "state_since", "status", "band_low", "band_high", "source", "limits",
)  # fmt: skip
"""What is read of a `symbol:<SYMBOL>` hash, in the order that `parse_hash` takes."""

_FLAGS: Final = len(quote.FIELDS)


class MetHash(NamedTuple):
    """A symbol's quote and status."""

    quote: MetQuote | None
    """None where there is no hash; when the source was last heard of is not known by it."""
    transact_time: bytes
    """The quote's, as received."""
    flagged: Quote | None
    """The quote with the flags for limits version 0; None where there is none."""
    version: int
    """Of the limits that whoever wrote the hash went by; 0 where it names none."""


NOTHING: Final = MetHash(None, b"", None, 0)
"""What is met where there is no hash."""


def parse_hash(values: Sequence[bytes | None]) -> MetHash:
    """What the values of `FIELDS` say; any of them may be missing.

    Raises:
        ValueError: a price or a band is neither empty nor a finite number.
    """
    bid, offer, transact_time, risky, reason, updated_at = (value or b"" for value in values[:_FLAGS])
    state_since, status, low, high, source, limits = (value or b"" for value in values[_FLAGS:])
    if values[0] is values[1] is values[7] is None:
        return NOTHING
    prices = parse_price(bid), parse_price(offer)
    applied = parse_uint(updated_at)
    met = MetQuote(
        *prices,
        applied,
        parse_uint(state_since),
        parse_uint(status),
        parse_price(low),
        parse_price(high),
        source.decode(errors="replace"),
    )
    is_flagged = None not in values[2:_FLAGS]
    flagged = Quote(*prices, transact_time, risky == b"1", reason, applied) if is_flagged else None
    return MetHash(met, transact_time, flagged, parse_uint(limits.partition(b":")[0]) or 0)
