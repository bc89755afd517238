"""Values of FIX fields as ours: symbols, texts and numbers, or the reason why they are none."""

import math
from collections.abc import Sequence
from typing import Final

from shared.wire.fix.dialect import SymbolField
from shared.wire.fix.message import Fields

LONGEST_TEXT: Final = 64
"""Longest symbol, order ID, account and the like, bytes."""
LONGEST_TIME: Final = 35
"""Longest time, bytes; it is kept as text, whatever its fraction."""
_NOT_APPLICABLE: Final = b"[N/A]"


class Refusal(Exception):
    """Something that cannot be read.

    Attributes:
        reason: the contract's name for what is wrong.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def symbol_of(fields: Fields, place: SymbolField) -> bytes:
    """The symbol; empty if the fields name none."""
    if place == "48":
        return fields.get(b"48").strip(b" ")
    symbol = fields.get(b"55").strip(b" ")
    if not symbol or symbol == _NOT_APPLICABLE:
        return fields.get(b"48").strip(b" ")
    if place == "55+65":
        suffix = fields.get(b"65").strip(b" ")
        return b"%b.%b" % (symbol, suffix) if suffix else symbol
    return symbol


def check_symbol(symbol: bytes) -> bytes:
    """The symbol again.

    Raises:
        Refusal: it is empty, too long, or not printable ASCII.
    """
    if not symbol:
        raise Refusal("symbol")
    return text("symbol", symbol)


def text(name: str, value: bytes, longest: int = LONGEST_TEXT) -> bytes:
    """The value again.

    Raises:
        Refusal: it is too long, or not printable ASCII; the reason is `name`.
    """
    if len(value) > longest or not is_printable(value):
        raise Refusal(name)
    return value


def is_printable(value: bytes) -> bool:
    """Whether all bytes are printable ASCII."""
    return value.isalnum() or (value.isascii() and value.decode("ascii").isprintable())


def number(value: bytes) -> float | None:
    """A number; None for an empty value.

    Raises:
        Refusal: it is none, or not finite.
    """
    if not value:
        return None
    try:
        found = float(value)
    except ValueError:
        raise Refusal("number") from None
    if not math.isfinite(found) or b"_" in value:  # Python's grouping of digits is not FIX's
        raise Refusal("number")
    return found


def first_of(fields: Sequence[Fields], *tags: bytes) -> bytes:
    """The value of the first of these tags that has one; of each tag in the order of `fields`."""
    for tag in tags:
        for each in fields:
            value = each.get(tag)
            if value:
                return value
    return b""
