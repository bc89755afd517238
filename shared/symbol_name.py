"""What can be a symbol's name, for those who are asked for one."""

import re
from typing import Final

LONGEST: Final = 64
PATTERN: Final = f"^[ -~]{{1,{LONGEST}}}$"
"""1 to 64 printable ASCII characters."""

_is_name: Final = re.compile(PATTERN.strip("^$")).fullmatch


def is_symbol_name(text: str) -> bool:
    """Whether a text can be the name of a symbol."""
    return _is_name(text) is not None
