"""What the checker takes of the messages of a FIX session: of one, and of many at once."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from shared.service.fix.reader import RunColumns
from shared.wire.fix.columns.orders import OrderColumns, read_orders_of
from shared.wire.fix.columns.scan import Scan
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.dialect import Dialect, OrderKind
from shared.wire.fix.message import Message
from shared.wire.fix.orders import FixOrder, has_orders, read_orders
from shared.wire.fix.refused import Refused
from shared.wire.symbol_table import SymbolTable

_REPORT: Final = b"8"


class OrderReader:
    """Reads the orders of a session; see `shared.service.fix.reader.Reader`. Each message stands for itself.

    Args:
        settings: of the session.
    """

    def __init__(self, settings: SessionSettings) -> None:
        self._settings = settings
        self._dialect = dialect_of(settings)

    def read(self, message: Message) -> Sequence[FixOrder | Refused] | None:
        """See `Reader.read`; None for what no session for orders has to do with."""
        if has_orders(message, self._dialect):
            return read_orders(message, self._dialect)
        return [] if self._dialect.carries == "reports" and message.kind == _REPORT else None

    def read_run(self, found: Scan, symbols: SymbolTable) -> RunColumns | None:
        """See `Reader.read_run`: the single requests that are beyond doubt.

        Those of a session that tells how late its orders may be, or what the peer calls a symbol, are read
        one by one, and so are reports.
        """
        settings = self._settings
        if settings.carries != "requests" or settings.late_ms is not None or settings.symbol_map:
            return None
        columns = read_orders_of(found, settings.symbol, symbols)
        is_other = np.ones(len(found.firsts), np.bool_)
        is_other[columns.messages] = False
        return RunColumns(columns, columns.messages, np.flatnonzero(is_other))

    def took_run(self, columns: OrderColumns, start: int, stop: int, symbols: SymbolTable) -> None:
        """Nothing to do."""

    def begin(self) -> None:
        """Nothing to do."""

    def missed(self) -> None:
        """Nothing to do: what is missing is counted as unchecked."""

    def end(self) -> None:
        """Nothing to do."""

    def next_words(self) -> None:
        """Nothing is said to a desk but by its session."""


def dialect_of(settings: SessionSettings) -> Dialect:
    """How a session's counterparty uses FIX."""
    carries: OrderKind = "reports" if settings.carries == "reports" else "requests"
    return Dialect(settings.symbol, carries)
