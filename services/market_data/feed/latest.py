"""What is left of a batch's messages when each symbol's have taken effect one after the other."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from market_spread.quote import Quote
from market_spread.status import WIPED_OUT, Status


class LatestQuotes(NamedTuple):
    """The last quote of each symbol in a batch, as columns of one length."""

    symbols: Sequence[int]
    """Their numbers in the symbol table, each once."""
    transact_times: Sequence[bytes]
    bids: Sequence[float | None]
    """None where nobody bids, or where a wipe-out follows."""
    offers: Sequence[float | None]
    messages: Sequence[int]
    """Their places in the batch."""


class LatestStatus(NamedTuple):
    """What the statuses of a symbol in a batch come to."""

    symbol: int
    """Its number in the symbol table."""
    status: Status | None
    """The last one that is no wipe-out; None if there is none."""
    is_wiped_out: bool
    """Whether both prices are gone; not said where the batch has a quote, which then has none."""


class Latest(NamedTuple):
    """What a batch changes."""

    quotes: LatestQuotes
    statuses: Sequence[LatestStatus] = ()


def latest_of_messages(messages: Iterable[tuple[int, int, Quote | Status]]) -> Latest:
    """What messages change that were decoded one by one.

    Args:
        messages: in order, each behind its place in the batch and the number of its symbol.
    """
    quotes: dict[int, tuple[int, bytes, float | None, float | None, int]] = {}
    statuses: list[tuple[int, int, Status]] = []
    for place, symbol, message in messages:
        if isinstance(message, Quote):
            _, transact_time, bid, offer = message
            quotes[symbol] = symbol, transact_time, bid, offer, place
        else:
            statuses.append((place, symbol, message))
    columns = zip(*quotes.values(), strict=True) if quotes else ((), (), (), (), ())
    return latest_of(LatestQuotes(*columns), statuses)


def latest_of(quotes: LatestQuotes, statuses: Sequence[tuple[int, int, Status]]) -> Latest:
    """What quotes and statuses change.

    Args:
        quotes: those in the same place as a status come before it.
        statuses: in order, each behind its place in the batch and the number of its symbol.
    """
    if not statuses:
        return Latest(quotes)
    wiped_out = {symbol: place for place, symbol, each in statuses if each.status == WIPED_OUT}
    last = {symbol: each for _, symbol, each in statuses if each.status != WIPED_OUT}
    if wiped_out:
        quotes = _without_the_wiped_out(quotes, wiped_out)
    gone = wiped_out.keys() - set(quotes.symbols)
    changed = sorted(gone | last.keys())
    return Latest(quotes, [LatestStatus(symbol, last.get(symbol), symbol in gone) for symbol in changed])


def _without_the_wiped_out(quotes: LatestQuotes, wiped_out: Mapping[int, int]) -> LatestQuotes:
    """Quotes without the prices that a wipe-out takes which does not come before them.

    Args:
        quotes: of a batch.
        wiped_out: where in the batch the last wipe-out of a symbol is.
    """
    bids, offers = [*quotes.bids], [*quotes.offers]
    for row, (symbol, place) in enumerate(zip(quotes.symbols, quotes.messages, strict=True)):
        if wiped_out.get(symbol, -1) >= place:
            bids[row] = offers[row] = None
    return quotes._replace(bids=bids, offers=offers)
