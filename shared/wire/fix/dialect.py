"""How a counterparty uses FIX where that differs from one to the next: one table a session, or a file."""

from collections.abc import Mapping
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

SymbolField = Literal["55", "48", "55+65"]
"""Where the symbol is: Symbol, or SecurityID where 55 is missing or `[N/A]`; SecurityID alone; or Symbol and
SymbolSfx joined by a dot, as in `BRK.B`."""

OrderKind = Literal["requests", "reports"]
"""Whether orders come as a desk sends them (35=D, E, G), or as execution reports about them (35=8)."""

BookKey = Literal["id", "level", "price", "auto"]
"""What names an entry of a book: MDEntryID (278), its place (1023, else 290), or its price; `auto` goes by
the first entry of a book: 278 where there is one, else 1023, else the price. By 290 only when told so: to
some venues it is mere information."""


class Action(Enum):
    """What happens to an entry of a book."""

    SET = "set"
    INSERT = "insert"
    DELETE = "delete"
    DELETE_THROUGH = "delete through"
    """All levels from the first to this one."""
    DELETE_FROM = "delete from"
    """All levels from this one on."""


class BookSide(IntEnum):
    """The side of a book."""

    BID = 0
    OFFER = 1


ACTIONS: Final[Mapping[bytes, Action]] = MappingProxyType(
    {b"0": Action.INSERT, b"1": Action.SET, b"2": Action.DELETE}
)
"""By MDUpdateAction (279); those above differ by venue and are ignored unless a table names them."""

ENTRY_TYPES: Final[Mapping[bytes, BookSide]] = MappingProxyType({b"0": BookSide.BID, b"1": BookSide.OFFER})
"""By MDEntryType (269). Trades and the like move no quote; implied prices (E, F, Y, Z) are left out, too."""

STATUSES: Final[Mapping[bytes, int]] = MappingProxyType(
    {
        b"2": 1,  # trading halt: halted
        b"3": 0,  # resume: trading
        b"17": 0,  # ready to trade: trading
        b"18": 4,  # not available for trading: closed
        b"21": 3,  # pre-open
    }
)
"""Our status (as in status frames) by SecurityTradingStatus (326); others are ignored."""

CONDITIONS: Final[Mapping[bytes, int]] = MappingProxyType({b"B": 4, b"I": 5})
"""The same by QuoteCondition (276) of an entry: closed, and non-firm; others are ignored."""


class Dialect(NamedTuple):
    """What one counterparty means."""

    symbol: SymbolField = "55"
    carries: OrderKind = "requests"
    books: BookKey = "auto"
    actions: Mapping[bytes, Action] = ACTIONS
    entry_types: Mapping[bytes, BookSide] = ENTRY_TYPES
    statuses: Mapping[bytes, int] = STATUSES
    conditions: Mapping[bytes, int] = CONDITIONS
