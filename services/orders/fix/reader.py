"""What the checker takes of the messages of FIX sessions: of one, and of many at once."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from shared.service.fix.reading import Reader, RunColumns
from shared.wire.fix.columns.orders import read_orders_of
from shared.wire.fix.columns.scan import Scan
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.message import Message
from shared.wire.fix.orders import FixOrder, has_orders, read_orders
from shared.wire.fix.refused import Refused
from shared.wire.symbol_table import SymbolTable

_REPORT: Final = b"8"


def dialect_of(settings: SessionSettings) -> Dialect:
    """How a session's counterparty uses FIX."""
    return Dialect(settings.symbol, "reports" if settings.carries == "reports" else "requests")


def read(message: Message, settings: SessionSettings) -> Sequence[FixOrder | Refused] | None:
    """The orders of a message; None for one that no session for orders has to do with."""
    dialect = dialect_of(settings)
    if has_orders(message, dialect):
        return read_orders(message, dialect)
    return [] if dialect.carries == "reports" and message.kind == _REPORT else None


def read_run(found: Scan, settings: SessionSettings, symbols: SymbolTable) -> RunColumns | None:
    """The single requests among many messages that are beyond doubt; the plain decoder reads all else.

    A session that tells how late its orders may be, or what the peer calls a symbol, is read plainly.
    """
    if settings.carries != "requests" or settings.late_ms is not None or settings.symbol_map:
        return None
    columns = read_orders_of(found, settings.symbol, symbols)
    is_other = np.ones(len(found.firsts), np.bool_)
    is_other[columns.messages] = False
    return RunColumns(columns, columns.messages, np.flatnonzero(is_other))


READER: Final = Reader(read, read_run)
