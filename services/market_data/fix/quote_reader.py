"""What the messages of one FIX session say of the market, and what it is asked for."""

import logging
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from market_spread.quote import Quote
from market_spread.status import Status
from services.market_data.fix.subscription import Subscription
from shared.base.printable import printable
from shared.base.rate_limit import Allowance
from shared.service.fix.reader import RunColumns
from shared.wire.fix.books.room import Room
from shared.wire.fix.columns.market_quotes import QuoteColumns
from shared.wire.fix.columns.quotes import defer_books, read_quotes_of
from shared.wire.fix.columns.scan import Scan
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.market_data import MARKET_DATA, MarketDataReader
from shared.wire.fix.message import Message, Words
from shared.wire.fix.refused import Refused
from shared.wire.symbol_table import SymbolTable

logger = logging.getLogger(__name__)

_REQUEST_REFUSED: Final = b"Y"
_MESSAGE_REFUSED: Final = b"j"
_REASONS: Final = {
    b"0": "unknown symbol",
    b"1": "the ID of the request was used before",
    b"2": "not enough bandwidth",
    b"3": "not permitted",
    b"4": "this type of subscription is not supported",
    b"5": "this market depth is not supported",
    b"6": "this type of update is not supported",
    b"7": "aggregated books are not supported",
    b"8": "this type of entry is not supported",
}
"""By MDReqRejReason (281)."""
_SHOWN: Final = 80
_IS_IN_COLUMNS: Final = np.zeros(256, np.bool_)
_IS_IN_COLUMNS[[*b"WS"]] = True


class Said(NamedTuple):
    """A quote or a status in a message."""

    content: Quote | Status
    place: int = 0
    """See `shared.service.fix.reader.Reader`: a quote is what several entries come to."""


class QuoteReader:
    """Keeps the books of a session; see `shared.service.fix.reader.Reader`.

    After a gap, and on a new connection, books are not to be trusted: they are dropped, and a session that
    subscribes does so again.

    Args:
        room: how many entries the books of all sessions may have.
        max_symbols: how many symbols may have a book.
        settings: of the session.
    """

    def __init__(self, room: Room, max_symbols: int, settings: SessionSettings) -> None:
        dialect = Dialect(
            settings.symbol,
            books=settings.books,
            actions=settings.actions,
            statuses=settings.statuses,
            conditions=settings.conditions,
        )
        self._dialect, self._has_names = dialect, bool(settings.symbol_map)
        self._market = MarketDataReader(dialect, max_symbols=max_symbols, room=room)
        self._subscription = Subscription(settings)
        self._name = settings.name
        self._is_fresh = True
        """Whether nothing was read since the Logon."""
        self._said = Allowance(burst=20, per_second=2)

    def read(self, message: Message) -> Sequence[Said | Refused] | None:
        """See `Reader.read`."""
        if message.kind in MARKET_DATA:
            self._is_fresh = False
            return [] if self._subscription.is_over(message.get(b"262")) else self._read(message)
        if message.kind in {_REQUEST_REFUSED, _MESSAGE_REFUSED}:
            self._say_refused(message)
            return []
        return None

    def read_run(self, found: Scan, symbols: SymbolTable) -> RunColumns | None:
        """See `Reader.read_run`: quotes (35=W and S) where nothing else about the market is among them.

        Those of a session that says what the peer calls a symbol are read one by one, and so are messages of
        which some may answer a request that is given up.
        """
        if self._has_names or self._subscription.is_any_over(found):
            return None
        columns = read_quotes_of(found, self._market, self._dialect, symbols)
        if columns is None:
            return None
        others = np.flatnonzero(~_IS_IN_COLUMNS[found.kinds])
        return RunColumns(columns, columns.messages, others)

    def took_run(self, columns: QuoteColumns, start: int, stop: int, symbols: SymbolTable) -> None:
        """See `Reader.took_run`."""
        self._is_fresh = False
        defer_books(columns, start, stop, self._market, symbols)

    def _read(self, message: Message) -> list[Said | Refused]:
        found = self._market.read(message)
        said: list[Said | Refused] = [Said(quote) for quote in found.quotes]
        said += [Said(Status(*status, None, None)) for status in found.statuses]
        return said + found.refused

    def begin(self) -> None:
        """See `Reader.begin`."""
        self._market.reset()
        self._is_fresh = True
        self._subscription.begin()

    def missed(self) -> None:
        """See `Reader.missed`; what was missed between two connections makes no difference to a new one."""
        if self._is_fresh:
            return
        self._is_fresh = True
        self._market.reset()
        self._subscription.renew()
        if self._said.take(1):
            logger.warning(
                "FIX session %s: messages were missed: its books are dropped, and what it subscribes to is "
                "asked for again", self._name,
            )  # fmt: skip

    def end(self) -> None:
        """See `Reader.end`."""
        self._market.reset()
        self._subscription.end()

    def next_words(self) -> Words | None:
        """See `Reader.next_words`."""
        return self._subscription.next_words()

    def _say_refused(self, message: Message) -> None:
        """The peer has refused a request of ours."""
        if not self._said.take(1):
            return
        symbol = self._subscription.symbol_of(message.get(b"262")) or "what was asked for"
        why = _REASONS.get(message.get(b"281"), "")
        text = printable(message.get(b"58")[:_SHOWN].decode("latin-1"))
        logger.error(
            "FIX session %s: the peer refuses market data of %s: %s",
            self._name, symbol, ": ".join(filter(None, (why, text))) or "it does not say why",
        )  # fmt: skip
