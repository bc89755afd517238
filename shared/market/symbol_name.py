"""What can be a symbol's name, for those who are asked for one."""

from typing import Final

from market_spread.fields import LONGEST_SYMBOL as LONGEST

PATTERN: Final = f"^[ -~]{{1,{LONGEST}}}$"
"""1 to 64 printable ASCII characters."""

__all__ = ["LONGEST", "PATTERN", "is_symbol_name"]


def is_symbol_name(text: str) -> bool:
    """Whether a text can be the name of a symbol."""
    return 0 < len(text) <= LONGEST and text.isascii() and text.isprintable()
