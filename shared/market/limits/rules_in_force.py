"""What holds for a class in one window, for one account profile and one override: ready to compare."""

import re
from bisect import bisect_right
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Final, Generic, NamedTuple, Self, TypeVar

from shared.market.exact import Bound, bound
from shared.market.limits.decimal_text import tightened
from shared.market.limits.values import (
    AccountProfile,
    Collar,
    Override,
    Stale,
    States,
    Step,
    Steps,
    SymbolClass,
    Width,
)

Value = TypeVar("Value")

_NAME: Final = "[A-Za-z0-9_-]+"
_SCOPE: Final = re.compile(rf"([0-9]{{1,18}}):({_NAME})(?:/({_NAME}))?(?::({_NAME}))?(\+override)?")


class Ladder(Generic[Value]):
    """Values by price: the last that begins at or below it, or the first.

    Args:
        begins: ascending; doubles choose exactly, for the file's numbers have at most 15 digits.
        values: as many.
    """

    __slots__ = ("begins", "values")

    def __init__(self, begins: list[float], values: list[Value]) -> None:
        self.begins = begins
        self.values = values

    def at(self, price: float) -> Value:
        """What holds at a price."""
        return self.values[max(bisect_right(self.begins, price) - 1, 0)]


class WidthBounds(NamedTuple):
    """See `Width`."""

    spread: Bound | None
    ratio: Bound | None


class CollarBounds(NamedTuple):
    """See `Collar`."""

    money: Bound | None
    ratio: Bound | None
    use_larger: bool


class Scope(NamedTuple):
    """What judged an order."""

    version: int
    class_name: str
    window: str
    """Empty if the class has no session."""
    profile: str
    """Empty if the account has none."""
    has_override: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """What a text of `text` says.

        Raises:
            ValueError: it is none.
        """
        found = _SCOPE.fullmatch(text)
        if found is None:
            raise ValueError(f"{text[:80]!r} names no limits")
        version, class_name, window, profile, override = found.groups(default="")
        return cls(int(version), class_name, window, profile, bool(override))

    def text(self) -> str:
        """As alerts have it: `7:us-equity/open:retail+override`."""
        return f"{self.version}:{self.label()}"

    def label(self) -> str:
        """The same without the version."""
        window = f"/{self.window}" if self.window else ""
        profile = f":{self.profile}" if self.profile else ""
        override = "+override" if self.has_override else ""
        return f"{self.class_name}{window}{profile}{override}"


@lru_cache(maxsize=4096)
def scope_in(field: bytes | None) -> Scope | None:
    """The scope in the field `limits` of a hash or an alert; None where there is none, whoever wrote it."""
    try:
        return Scope.parse(field.decode()) if field else None
    except ValueError:
        return None


class RulesInForce(NamedTuple):
    """All limits after tightening; None: not tested."""

    scope: Scope
    severity: str
    absent: frozenset[float]
    tiers: Ladder[WidthBounds] | None
    states: States
    stale: Stale
    market: WidthBounds | None
    through: Ladder[CollarBounds] | None
    away: Ladder[CollarBounds] | None
    bands: bool
    tick: Ladder[Decimal] | None
    max_quantity: Bound | None
    max_notional: Bound | None
    multiplier: Bound


def rules_in_force(
    version: int,
    symbol_class: SymbolClass,
    window: str,
    profile: AccountProfile | None,
    override: Override | None,
) -> RulesInForce:
    """Bring together what a version says.

    Args:
        version: its number.
        symbol_class: the symbol's class.
        window: the class's window at the moment; empty if it has no session.
        profile: the account's.
        override: the symbol's at the moment.
    """
    rules = symbol_class.during.get(window, symbol_class.rules)
    order = rules.order
    tighten = _Tightening(Decimal(1) if profile is None else profile.tighten)
    tiers = rules.tiers if override is None else Steps(((Decimal(0), override.width),))
    return RulesInForce(
        scope=Scope(
            version, symbol_class.name, window, "" if profile is None else profile.name, override is not None
        ),
        severity="normal" if profile is None else profile.severity,
        absent=frozenset(map(float, symbol_class.absent)),
        tiers=_ladder(tiers, tighten.width),
        states=rules.states,
        stale=rules.stale,
        market=None if order.market is None else tighten.width(order.market),
        through=_ladder(order.through, tighten.collar),
        away=_ladder(order.away, tighten.collar),
        bands=order.bands,
        tick=_ladder(order.tick, lambda tick: tick),
        max_quantity=_smaller(order.max_quantity, None if profile is None else profile.max_quantity),
        max_notional=_smaller(order.max_notional, None if profile is None else profile.max_notional),
        multiplier=bound(symbol_class.multiplier),
    )


class _Tightening(NamedTuple):
    """Makes limits tighter by a factor."""

    factor: Decimal

    def width(self, width: Width) -> WidthBounds:
        return WidthBounds(self._bound(width.spread), self._bound(width.ratio))

    def collar(self, collar: Collar) -> CollarBounds:
        return CollarBounds(self._bound(collar.money), self._bound(collar.ratio), collar.use == "larger")

    def _bound(self, limit: Decimal | None) -> Bound | None:
        if limit is None:
            return None
        return bound(limit if self.factor == 1 else tightened(limit, self.factor))


def _ladder(steps: Steps[Step] | None, convert: Callable[[Step], Value]) -> Ladder[Value] | None:
    if steps is None:
        return None
    return Ladder([float(begin) for begin, _ in steps.steps], [convert(step) for _, step in steps.steps])


def _smaller(of_class: Decimal | None, of_profile: Decimal | None) -> Bound | None:
    limits = [limit for limit in (of_class, of_profile) if limit is not None]
    return bound(min(limits)) if limits else None
