"""A version of the limits as values: what a file says, with everything that it leaves out filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Generic, Literal, NamedTuple, TypeVar

from shared.market.limits.session import Session

Step = TypeVar("Step")


class Preset(NamedTuple):
    """Where a public table comes from."""

    name: str
    source: str
    date: str


class Width(NamedTuple):
    """From where on a market is too wide; None: not tested."""

    spread: Decimal | None
    """Money, in the unit of the prices."""
    ratio: Decimal | None
    """Part of the mid."""


class Collar(NamedTuple):
    """From which distance on an order's price is too far from the market; None: not limited by that."""

    money: Decimal | None
    ratio: Decimal | None
    """Part of the price that the distance is measured from."""
    use: Literal["larger", "smaller"]
    """Which of both decides, where there are both."""


@dataclass(frozen=True, slots=True)
class Steps(Generic[Step]):
    """Limits by price: the last step that begins at or below it, or the first."""

    steps: tuple[tuple[Decimal, Step], ...]
    """Where each begins, ascending, and what holds from there on."""
    preset: Preset | None = None
    """The public table that they are from."""


class Policy(NamedTuple):
    """What a state of the quote means for an order."""

    kind: Literal["alert", "pass", "needed"]
    after_ms: int = 0
    """It alerts only once the state has lasted so long."""


ALERT: Final = Policy("alert")
PASS: Final = Policy("pass")
NEEDED: Final = Policy("needed")
"""It alerts if the side is absent that the order would meet."""


class States(NamedTuple):
    """The policy for each state of quote or symbol."""

    no_quote: Policy = ALERT
    one_sided: Policy = NEEDED
    locked: Policy = PASS
    crossed: Policy = Policy("alert", 500)
    negative: Policy = ALERT
    halted: Policy = ALERT
    auction: Policy = PASS


class Stale(NamedTuple):
    """The longest silence; None: not tested."""

    quote_ms: int | None = None
    feed_ms: int | None = None


class OrderTests(NamedTuple):
    """The tests of an order against the quote, and of its size; None: not tested."""

    market: Width | None = None
    """How wide the market may be for an order without a price."""
    through: Steps[Collar] | None = None
    away: Steps[Collar] | None = None
    bands: bool = False
    tick: Steps[Decimal] | None = None
    max_quantity: Decimal | None = None
    max_notional: Decimal | None = None


class ClassRules(NamedTuple):
    """What a class tests."""

    tiers: Steps[Width] | None = None
    """By the bid; None: off."""
    states: States = States()
    stale: Stale = Stale()
    order: OrderTests = OrderTests()


@dataclass(frozen=True, slots=True)
class SymbolClass:
    """Symbols that have their limits in common."""

    name: str
    symbols: tuple[str, ...]
    """Patterns: see `shared.market.limits.globs`."""
    session: str | None
    """The name of the session whose windows apply."""
    absent: tuple[Decimal, ...]
    """Prices that mean that there is no price."""
    multiplier: Decimal
    """How many units of the underlying one of quantity is."""
    rules: ClassRules
    during: Mapping[str, ClassRules] = field(default_factory=dict)
    """What holds instead in a window, complete."""


@dataclass(frozen=True, slots=True)
class AccountProfile:
    """Accounts with limits of their own; all limits of the class hold beside them."""

    name: str
    accounts: tuple[str, ...]
    """Patterns."""
    tighten: Decimal = Decimal(1)
    """What every spread, ratio and amount of money is multiplied by."""
    max_quantity: Decimal | None = None
    max_notional: Decimal | None = None
    severity: Literal["normal", "high"] = "normal"


@dataclass(frozen=True, slots=True)
class Override:
    """What replaces all tiers of one symbol, for some time."""

    symbol: str
    width: Width
    until_us: int
    """Microseconds since the Unix epoch: the first moment at which it does not apply any more."""
    why: str


@dataclass(frozen=True, slots=True)
class LimitsVersion:
    """All limits; the same content may be published under several numbers."""

    classes: tuple[SymbolClass, ...]
    """The first that a symbol fits is its class; the last takes all."""
    sessions: Mapping[str, Session]
    accounts: tuple[AccountProfile, ...] = ()
    """The first that an account fits is its profile."""
    overrides: Mapping[str, Override] = field(default_factory=dict)
    """By symbol."""
    comment: str = ""
    number: int = 0
    """0: not published."""
