"""How long ago something was, by two clocks that agree nearly."""

from typing import Final

CLOCKS_DIFFER_US: Final = 100_000
"""Two processes know the server's clock only as exactly as its answers are quick: what is so little ahead is
no future yet."""


def age_us(since_us: int | None, now_us: int) -> int | None:
    """The microseconds since a moment; None if that cannot be known.

    Args:
        since_us: microseconds since the Unix epoch; None where it was not recorded.
        now_us: the same of the present.

    Returns:
        None where the moment was not recorded, or lies in the future, which tells that a clock was wrong.
    """
    if since_us is None or since_us > now_us + CLOCKS_DIFFER_US:
        return None
    return max(now_us - since_us, 0)
