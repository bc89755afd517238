"""A symbol's hash: the fields that a part of an entry is written in, and the entry that a hash holds."""

from collections.abc import Iterator

from market_spread.fields import number_of
from market_spread.status import WIPED_OUT
from services.market_data.entry import FLAGS, PRICES, QUOTE, STATUS, Entry, TradingStatus
from shared.market.limits.rules_in_force import scope_in
from shared.market.quote_state import STATES, state_of
from shared.redis.link import Reply, Word


def fields_of(entry: Entry, parts: int) -> list[Word]:
    """The names and values of the fields that some parts of an entry are written in."""
    return [word for field in _fields(entry, parts) for word in field]


def _fields(entry: Entry, parts: int) -> Iterator[tuple[str, Word]]:
    if parts & (QUOTE | PRICES):
        yield "bid", price_text(entry.bid)
        yield "offer", price_text(entry.offer)
    if parts & (QUOTE | PRICES | FLAGS):
        yield "risky", int(bool(entry.reason))
        yield "reason", entry.reason
        yield "state", entry.state
        yield "state_since", entry.state_since
        if entry.limits or parts & FLAGS:
            yield "limits", entry.limits
    if parts & QUOTE and entry.updated_at is not None:
        yield "transact_time", entry.transact_time
        yield "updated_at", entry.updated_at
        yield "source", entry.source
    if parts & STATUS and entry.status is not None:
        yield "status", entry.status.status
        yield "status_at", entry.status.at
        yield "band_low", price_text(entry.status.band_low)
        yield "band_high", price_text(entry.status.band_high)
    yield "written_at", entry.written_at


def created_fields(entry: Entry) -> list[Word]:
    """What a hash has from the beginning, whatever it was made for: everything that prices come with."""
    return fields_of(entry, PRICES)[: -len(("written_at", entry.written_at))]


def price_text(price: float | None) -> bytes:
    """A price as a hash has it: empty where it is absent."""
    return b"" if price is None else repr(price).encode()


def parse_entry(reply: Reply) -> Entry | None:
    """What a hash of an earlier run says, also of a version that knew no state and no status.

    Args:
        reply: the values of `shared.market.keys.SYMBOL_FIELDS`.

    Returns:
        None where it does not say all that it should.
    """
    try:
        bid, offer, _, reason, transact_time, updated_at, state, state_since, *rest = reply
        *status, limits, source, written_at = rest
        prices = number_of("bid", bid or b""), number_of("offer", offer or b"")
        quoted_at = None if updated_at is None and written_at is not None else int(updated_at)
        time = b"" if quoted_at is None else bytes(transact_time)
        newest = max(quoted_at or 0, int(written_at or 0))  # whoever knows no `written_at` leaves an old one
        is_judged = scope_in(limits) is not None and newest == int(written_at or 0)
        by = (limits or b"").decode() if is_judged else ""
        now = state.decode() if by and state.decode() in STATES else state_of(*prices)
        since = int(state_since or newest) if state == now.encode() else newest
        sender, found = (source or b"").decode(), _status(*status)
        return Entry(*prices, reason.decode(), time, quoted_at, sender, now, since, found, newest, by)
    except (TypeError, ValueError, AttributeError):
        return None


def _status(
    status: bytes | None, at: bytes | None, band_low: bytes | None, band_high: bytes | None
) -> TradingStatus | None:
    """The status that a hash has; None if there is none.

    Raises:
        ValueError: it is no status.
    """
    if not status:
        return None
    number = int(status)
    if not 0 <= number < WIPED_OUT:
        raise ValueError(f"{number} is no status that stays")
    bands = number_of("band_low", band_low or b""), number_of("band_high", band_high or b"")
    return TradingStatus(number, int(at or 0), *bands)
