"""What the tests compare with, as arrays: a row for each class in a window, and for each override in one."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from math import inf, nan
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np

from shared.market.exact import Bound
from shared.market.limits.many.columns import Bools, Floats, Ints
from shared.market.limits.rules_in_force import CollarBounds, Ladder, RulesInForce, WidthBounds

Value = TypeVar("Value")

LONG_US: Final = 2**62
"""Longer than any silence."""
_MOST_DECIMALS: Final = 15
NO_TICK: Final = (1.0, 0.0)


class LadderArrays(NamedTuple):
    """Limits by price: a row for each class, a column for each step."""

    begins: Floats
    """Infinite behind the last step."""
    values: tuple[Floats, ...]
    """What holds from there on; NaN where something is not tested."""

    def step(self, rows: Ints, prices: Floats) -> Ints:
        """The step of each row that holds at its price: the first where the price is NaN."""
        count = np.zeros(len(rows), np.int64)
        for column in self.begins.T[1:]:
            count += prices >= column[rows]
        return count


class RuleArrays(NamedTuple):
    """What is tested without an account profile."""

    tiers: LadderArrays
    """Spread and ratio; NaN where one is not tested."""
    through: LadderArrays
    """Money and ratio, NaN where one is not tested, and 1 where the larger of both decides."""
    away: LadderArrays
    tick: LadderArrays
    """A power of ten, and the tick in units of its inverse; 0 where ticks are not tested."""
    market: Floats
    """Columns: spread and ratio of the market for orders without a price; NaN where not tested."""
    alerts: Bools
    """Columns: which states alert, in the order of `States`."""
    is_needed: Bools
    """Whether only a side matters that the order would meet."""
    quote_us: Ints
    """The longest silence of the quote, and of its source; `LONG_US` where not tested."""
    feed_us: Ints
    bands: Bools
    max_quantity: Floats
    """Infinite where it is not tested."""
    max_notional: Floats
    multiplier: Floats
    absent: Bools
    """Columns: which of the prices that mean no price somewhere do so here."""


def arrays_of(rules: Sequence[RulesInForce], absent: Sequence[float]) -> RuleArrays:
    """The arrays of some rows, of which there is at least one.

    Args:
        rules: what holds in each, without an account profile.
        absent: all prices that mean no price in some class.
    """
    return RuleArrays(
        tiers=_ladder([each.tiers for each in rules], _width, (nan, nan)),
        through=_ladder([each.through for each in rules], _collar, (nan, nan, 1.0)),
        away=_ladder([each.away for each in rules], _collar, (nan, nan, 1.0)),
        tick=_ladder([each.tick for each in rules], _tick, NO_TICK),
        market=np.array([(nan, nan) if each.market is None else _width(each.market) for each in rules]),
        alerts=np.array([[policy.kind != "pass" for policy in each.states] for each in rules]),
        is_needed=np.array([each.states.one_sided.kind == "needed" for each in rules]),
        quote_us=np.array([_microseconds(each.stale.quote_ms) for each in rules], np.int64),
        feed_us=np.array([_microseconds(each.stale.feed_ms) for each in rules], np.int64),
        bands=np.array([each.bands for each in rules]),
        max_quantity=np.array([_number(each.max_quantity, inf) for each in rules]),
        max_notional=np.array([_number(each.max_notional, inf) for each in rules]),
        multiplier=np.array([each.multiplier.near for each in rules]),
        absent=np.array([[price in each.absent for price in absent] for each in rules], np.bool_),
    )


def joined(first: RuleArrays, second: RuleArrays) -> RuleArrays:
    """The rows of both, one after the other."""
    return RuleArrays._make(map(_joined, first, second))


def _joined(one: Any, other: Any) -> Any:
    return _joined_ladders(one, other) if isinstance(one, LadderArrays) else np.concatenate((one, other))


def _joined_ladders(one: LadderArrays, other: LadderArrays) -> LadderArrays:
    steps = max(one.begins.shape[1], other.begins.shape[1])

    def join(above: Floats, below: Floats, filling: float) -> Floats:
        return np.concatenate(
            [
                np.pad(each, ((0, 0), (0, steps - each.shape[1])), constant_values=filling)
                for each in (above, below)
            ]
        )

    values = zip(one.values, other.values, strict=True)
    return LadderArrays(
        join(one.begins, other.begins, inf), tuple(join(above, below, nan) for above, below in values)
    )


def _ladder(
    ladders: Sequence[Ladder[Value] | None],
    convert: Callable[[Value], tuple[float, ...]],
    nothing: tuple[float, ...],
) -> LadderArrays:
    steps = max((len(each.begins) for each in ladders if each is not None), default=1)
    begins = np.full((len(ladders), steps), inf)
    values = np.full((len(nothing), len(ladders), steps), nan)
    for row, ladder in enumerate(ladders):
        if ladder is None:
            values[:, row, 0] = nothing
        else:
            begins[row, : len(ladder.begins)] = ladder.begins
            values[:, row, : len(ladder.begins)] = np.array([convert(each) for each in ladder.values]).T
    return LadderArrays(begins, tuple(values))


def _width(width: WidthBounds) -> tuple[float, ...]:
    return _number(width.spread, nan), _number(width.ratio, nan)


def _collar(collar: CollarBounds) -> tuple[float, ...]:
    return _number(collar.money, nan), _number(collar.ratio, nan), float(collar.use_larger)


def _tick(tick: Decimal) -> tuple[float, ...]:
    """A tick as so many units of a power of ten; one that is too fine for that is told by none."""
    decimals = max(-int(tick.normalize().as_tuple().exponent), 0)
    return (float(10**decimals), float(tick.scaleb(decimals))) if decimals <= _MOST_DECIMALS else (1.0, nan)


def _microseconds(milliseconds: int | None) -> int:
    return LONG_US if milliseconds is None else 1000 * milliseconds


def _number(limit: Bound | None, nothing: float) -> float:
    return nothing if limit is None else limit.near
