"""The verdict on an order."""

from typing import NamedTuple

from shared.market.limits.rules_in_force import Scope


class Verdict(NamedTuple):
    """What is said to an order, and by what."""

    reasons: tuple[str, ...]
    """The tests that it breaks, in a fixed order; none: it passes."""
    broken: str
    """Each broken limit with its threshold and what was measured, `spread>=0.10:0.12`, joined by `;`."""
    passed: tuple[str, ...]
    """The tests that were made and not broken."""
    skipped: tuple[str, ...]
    """The tests that could not be made, because order or symbol has not what they compare."""
    scope: Scope
    severity: str
    """`normal` or `high`."""
    state: str
    """Of the quote: see `shared.market.quote_state`."""


class Flags(NamedTuple):
    """What a reader of a symbol should know of its market, by the limits."""

    reasons: tuple[str, ...]
    """As in a verdict; none: nothing is wrong with the market."""
    state: str
    limits: str
    """What judged: see `Scope.text`."""
