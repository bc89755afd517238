"""What a test says of an order."""

from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple

from shared.market.exact import Bound
from shared.market.limits.met import JudgedOrder, MetQuote
from shared.market.limits.rules_in_force import RulesInForce

UNKNOWN: Final = "unknown"
"""Stands for a measured time that was not recorded."""


class Outcome(Enum):
    """How a test ended that is not broken."""

    NOT_SET = "not set"
    """The limits ask for no such test."""
    PASSED = "passed"
    SKIPPED = "skipped"
    """The order or the symbol has not what the test compares."""


class Case(NamedTuple):
    """What a test looks at."""

    order: JudgedOrder
    quote: MetQuote | None
    bid: float | None
    """None also where the class takes the price for none."""
    offer: float | None
    now_us: int
    rules: RulesInForce

    @property
    def touch(self) -> float | None:
        """The price that the order would meet."""
        return self.offer if self.order.is_buy else self.bid


Result = Outcome | str
"""The text of what is broken, as `Verdict.broken` has it; otherwise how the test ended."""
Test = Callable[[Case], Result]


def at_least(name: str, limit: Bound, measured: object) -> str:
    """The text of a limit that is broken by what is at or above it."""
    return f"{name}>={plain_limit(limit)}:{measured}"


def plain_limit(limit: Bound) -> str:
    """A limit as the file writes it."""
    return f"{limit.exact:f}"


def milliseconds(microseconds: int | None) -> str:
    """An age as text."""
    if microseconds is None:
        return UNKNOWN
    whole, rest = divmod(microseconds, 1000)
    return f"{whole}.{rest:03}".rstrip("0").rstrip(".") if rest else str(whole)
