"""What the fields of orders and quotes may hold when they do not come in frames.

Redis streams, FIX, files and programs all give texts. Each function takes one as it came, and gives what an
order or a quote has there, or refuses it by its name.
"""

import math
import re
from functools import lru_cache
from typing import Final

from market_spread.framing import DecodeError, is_printable

LONGEST_SYMBOL: Final = 64
LONGEST_ORDER_ID: Final = 64
LONGEST_ACCOUNT: Final = 64
LONGEST_TIME: Final = 35
"""Characters of a transact time."""

_SHOWN: Final = 80
"""Bytes of what is wrong that an error shows."""
_is_number: Final = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?").fullmatch
"""What `float` takes besides (spaces, underscores, words) is not what others write as a number."""


def symbol_of(raw: bytes) -> bytes:
    """A symbol without the spaces around it; it may have some inside, as those of options do.

    Raises:
        DecodeError: it is not 1 to 64 printable ASCII characters.
    """
    name = clean_name(raw)
    if name is None:
        raise wrong("symbol", raw, f"1 to {LONGEST_SYMBOL} printable ASCII characters")
    return name


def clean_name(raw: bytes) -> bytes | None:
    """A symbol without the spaces around it, or None if it is no symbol."""
    return _clean(raw) if len(raw) <= LONGEST_SYMBOL else _clean.__wrapped__(raw)


@lru_cache(maxsize=1 << 14)
def _clean(raw: bytes) -> bytes | None:
    """`clean_name`; remembered, because the same symbols come again and again."""
    name = raw.strip(b" ")
    return name if 0 < len(name) <= LONGEST_SYMBOL and is_printable(name) else None


def check_text(field: str, raw: bytes, longest: int) -> None:
    """See that a text, which may be empty, can be what it is.

    Args:
        field: its name, which is also the reason for which it is refused.
        raw: the text.
        longest: how many characters it may have.

    Raises:
        DecodeError: it is longer, or not printable ASCII.
    """
    if len(raw) > longest or not is_printable(raw):
        raise wrong(field, raw, f"0 to {longest} printable ASCII characters")


def order_id_of(raw: bytes) -> bytes:
    """An order's ID without the spaces around it.

    Raises:
        DecodeError: it is longer than 64 characters, or not printable ASCII.
    """
    cleaned = raw.strip(b" ")
    check_text("order_id", cleaned, LONGEST_ORDER_ID)
    return cleaned


def number_of(field: str, raw: bytes) -> float | None:
    """A number; None where there is none.

    Args:
        field: its name.
        raw: decimal text, or nothing.

    Raises:
        DecodeError: it is something else, or too large for a double.
    """
    if not raw:
        return None
    if _is_number(raw) and math.isfinite(number := float(raw)):
        return number
    raise wrong(field, raw, "a finite number in decimal", reason="number")


def wrong(field: str, raw: bytes, rule: str, reason: str = "") -> DecodeError:
    """The error that refuses a field.

    Args:
        field: its name.
        raw: what it holds.
        rule: what it should be.
        reason: why, if that is not its name.
    """
    shown = raw[:_SHOWN].decode("ascii", "backslashreplace")
    more = " …" if len(raw) > _SHOWN else ""
    return DecodeError(reason or field, raw, f"{field} {shown!r}{more} is not {rule}")
