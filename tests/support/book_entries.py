"""Quotes for a book, and the entries that it makes of them."""

from typing import Any, Final

from services.market_data.book import Book
from services.market_data.entry import Entry
from services.market_data.feed.latest import Latest, LatestQuotes
from shared.market.quote_state import state_of

TIME: Final = b"20260105-14:30:00.000"


def latest(*quotes: tuple[int, float | None, float | None]) -> Latest:
    """The last quotes of symbols: their numbers, bids and offers."""
    symbols, bids, offers = ([each[place] for each in quotes] for place in range(3))
    columns: Any = symbols, [TIME] * len(quotes), bids, offers, [*range(len(quotes))]
    return Latest(LatestQuotes(*columns))


def apply(book: Book, *quotes: tuple[int, float | None, float | None], now_us: int) -> None:
    """Let quotes of one source take effect: numbers of symbols, bids and offers."""
    book.apply(latest(*quotes), now_us, ["desk"] * len(quotes))


def entry(bid: float | None, offer: float | None, reason: str, at_us: int, **changes: Any) -> Entry:
    """What a quote makes of a symbol of which nothing was known."""
    state = state_of(bid, offer)
    made = Entry(bid, offer, reason, TIME, at_us, "desk", state, at_us, None, at_us)
    return made._replace(**changes)
