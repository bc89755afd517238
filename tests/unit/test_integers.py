"""Natural numbers: digits only, and never too many of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.base.integers import parse_uint


@given(st.integers(0, 10**20 - 1))
def test_numbers_are_read(number: int) -> None:
    """Whatever has at most 20 digits."""
    assert parse_uint(b"%d" % number) == number


@pytest.mark.parametrize(
    "text", [b"", b"-1", b"+1", b"1.0", b" 1", b"1_0", b"x", "٣".encode(), b"9" * 21, b"9" * 5000]
)
def test_anything_else_is_none(text: bytes) -> None:
    """Signs, spaces, other scripts, and more digits than Python would convert."""
    assert parse_uint(text) is None
