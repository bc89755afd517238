"""Natural numbers as others write them into Redis."""

_MOST_DIGITS = 20
"""Enough for 64 bits; Python refuses thousands of digits with an error."""


def parse_uint(text: bytes) -> int | None:
    """The number that these ASCII digits are; None if it is none, or far beyond 64 bits."""
    return int(text) if len(text) <= _MOST_DIGITS and text.isdigit() else None
