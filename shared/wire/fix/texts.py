"""Texts of messages, as values."""

from market_spread.fields import check_text


def text_of(field: str, raw: bytes, longest: int) -> bytes:
    """A text, if it can be what it is.

    Raises:
        DecodeError: it is longer, or not printable ASCII; see `market_spread.fields.check_text`.
    """
    check_text(field, raw, longest)
    return raw
