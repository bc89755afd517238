"""The state of a symbol's quote, as its prices tell it."""

from typing import Final

EMPTY: Final = "empty"
ONE_SIDED: Final = "one_sided"
CROSSED: Final = "crossed"
LOCKED: Final = "locked"
NEGATIVE: Final = "negative"
TWO_SIDED: Final = "two_sided"

STATES: Final = (EMPTY, ONE_SIDED, CROSSED, LOCKED, NEGATIVE, TWO_SIDED)
"""In the order in which they are looked for: the first that applies is the state."""

LASTING: Final = frozenset({ONE_SIDED, LOCKED, CROSSED})
"""Those that published limits may take for wrong only once they have lasted."""


def state_of(bid: float | None, offer: float | None) -> str:
    """The state of a quote.

    Args:
        bid: None where that side is absent.
        offer: the same.

    Returns:
        `empty` (both sides are absent), `one_sided`, `crossed` (bid above offer), `locked` (bid equal to
        offer), `negative` (a side below zero) or `two_sided`; the first that applies.
    """
    if bid is None or offer is None:
        return EMPTY if bid is offer else ONE_SIDED
    if bid >= offer:
        return CROSSED if bid > offer else LOCKED
    return NEGATIVE if bid < 0 else TWO_SIDED
