"""Which of many prices surely are multiples of their ticks."""

from typing import Final

import numpy as np

from shared.market.limits.many.columns import Bools, Floats, Ints
from shared.market.limits.many.rule_arrays import LadderArrays

_EXACT_WHOLE: Final = 1e15
"""Below it a double tells all decimals with so many digits apart."""
_CENTS: Final = 100.0


def on_tick(ticks: LadderArrays, rows: Ints, prices: Floats) -> Bools:
    """Whether prices are surely multiples of their ticks, or those are not tested.

    Most prices are whole cents, and most ticks fit into a cent: that is looked at first.

    Args:
        ticks: by row; see `shared.market.limits.many.rule_arrays.RuleArrays.tick`.
        rows: the row of each price.
        prices: NaN for none.
    """
    is_tested = ticks.values[1] != 0
    if not is_tested.any():
        return np.ones(len(rows), np.bool_)
    is_on_tick = _is_whole(np.rint(prices * _CENTS), _CENTS, prices)
    fits = _fit_into_a_cent(ticks)
    if not fits.all():
        is_on_tick &= fits[rows]
    left = np.flatnonzero(~is_on_tick)
    if left.size:
        is_on_tick[left] = _is_multiple(ticks, rows[left], prices[left])
    return is_on_tick


def _fit_into_a_cent(ticks: LadderArrays) -> Bools:
    """By row, whether a cent is a multiple of every tick of it."""
    power, tick = ticks.values
    fits = (tick == 0) | ((power >= _CENTS) & (np.fmod(power / _CENTS, tick) == 0))
    fits |= np.isinf(ticks.begins) & (np.arange(tick.shape[1]) > 0)  # there is no such step
    is_fit: Bools = fits.all(axis=1)
    return is_fit


def _is_multiple(ticks: LadderArrays, rows: Ints, prices: Floats) -> Bools:
    step = ticks.step(rows, np.abs(prices))
    power, tick = (each[rows, step] for each in ticks.values)
    units = np.rint(prices * power)
    is_on_tick: Bools = (tick == 0) | (_is_whole(units, power, prices) & (np.fmod(units, tick) == 0))
    return is_on_tick


def _is_whole(units: Floats, power: Floats | float, prices: Floats) -> Bools:
    """Whether prices are so many units of the inverse of a power of ten.

    They are if that many, divided again, are the price: the division is rounded to the double that is
    nearest to the decimal, and no shorter decimal has the same one.
    """
    is_whole: Bools = (units / power == prices) & (np.abs(units) < _EXACT_WHOLE)
    return is_whole
