"""Where a message has its symbol."""

from typing import Final

from shared.wire.fix.dialect import SymbolField
from shared.wire.fix.message import Fields

_NOT_APPLICABLE: Final = b"[N/A]"
"""What Symbol (55) says where SecurityID (48) is the name to go by."""


def raw_symbol(fields: Fields, place: SymbolField) -> bytes:
    """The symbol as the fields have it; empty if they name none."""
    symbol = b"" if place == "48" else fields.get(b"55")
    if not symbol or symbol == _NOT_APPLICABLE:
        return fields.get(b"48")
    suffix = fields.get(b"65") if place == "55+65" else b""
    return b"%b.%b" % (symbol, suffix) if suffix else symbol
