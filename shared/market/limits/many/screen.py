"""Which of many orders do not surely pass."""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import numpy as np

from shared.market.limits.judge import Judge
from shared.market.limits.many.columns import Bools, Floats, Ints, OrderColumns, QuoteColumns
from shared.market.limits.many.market_table import SLACK, MarketTable, Pairs, as_judged, market_table
from shared.market.limits.many.outcome_counts import Counts, Sizes, count_outcomes
from shared.market.limits.many.rule_arrays import LadderArrays, RuleArrays
from shared.market.limits.many.rule_rows import RuleRows

_EXACT_WHOLE = 1e15
"""Below it a double tells all decimals with so many digits apart."""


class Screened(NamedTuple):
    """What is known of orders without looking at each."""

    unsure: Ints
    """The places of those that do not surely pass, ascending: they have to be judged one by one."""
    counts: Counts
    """How the tests of all others ended."""


class Screen:
    """Finds the orders that have to be judged one by one. All others break no limit of the version.

    Args:
        judge: the version's.
    """

    def __init__(self, judge: Judge) -> None:
        self._rows = RuleRows(judge)
        accounts = judge.version.accounts
        self._tighten = np.array([1.0, *(float(each.tighten) for each in accounts)])
        """By profile; the first place is that of accounts without one."""
        self._max_quantity = np.array([inf, *(_or_infinite(each.max_quantity) for each in accounts)])
        self._max_notional = np.array([inf, *(_or_infinite(each.max_notional) for each in accounts)])

    def find(
        self, symbols: Sequence[str], quotes: QuoteColumns, orders: OrderColumns, now_us: int
    ) -> Screened:
        """Tell the orders that surely pass from the others.

        Args:
            symbols: the symbols that they are for, at least one.
            quotes: of each symbol.
            orders: the orders.
            now_us: when they are judged, microseconds since the Unix epoch.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            rows, rules = self._rows.find(symbols, now_us)
            judged = as_judged(quotes, np.array(self._rows.absent), rules.absent[rows])
            tightest = np.full(len(symbols), self._tighten.min())
            table = market_table(rules, rows, judged, Pairs(np.arange(len(symbols)), tightest), now_us)
            cell = 2 * orders.symbol + orders.is_buy
            row = rows[orders.symbol]
            is_out = _is_out(table, cell, orders)
            if is_out.any():
                doubtful = np.flatnonzero(is_out)
                some = OrderColumns._make(column[doubtful] for column in orders)
                pair, pairs = self._pairs(len(symbols), some)
                own = market_table(rules, rows, judged, pairs, now_us)
                is_out[doubtful] = _is_out(own, 2 * pair + some.is_buy, some)
            sizes = self._sizes(rules, row, table.touch.ravel()[cell], orders)
            is_unsure = is_out | orders.is_special | sizes.is_unsure()
            is_unsure |= ~np.isnan(orders.price) & ~_on_tick(rules.tick, row, orders.price)
            counts = count_outcomes(rules, rows, judged, orders, sizes, ~is_unsure)
        return Screened(np.flatnonzero(is_unsure), counts)

    def _pairs(self, symbols: int, orders: OrderColumns) -> tuple[Ints, Pairs]:
        """The place of each order's pair of symbol and profile, and the pairs that there are."""
        profiles = len(self._tighten)
        number = orders.symbol * profiles + orders.profile + 1
        is_met = np.zeros(symbols * profiles, np.bool_)
        is_met[number] = True
        met = np.flatnonzero(is_met)
        place = np.zeros(len(is_met), np.int64)
        place[met] = np.arange(len(met))
        return place[number], Pairs(met // profiles, self._tighten[met % profiles])

    def _sizes(self, rules: RuleArrays, row: Ints, touch: Floats, orders: OrderColumns) -> Sizes:
        profile = orders.profile + 1
        quantity = np.abs(orders.quantity)
        price = np.where(np.isnan(orders.price), touch, orders.price)
        return Sizes(
            quantity,
            np.minimum(rules.max_quantity[row], self._max_quantity[profile]),
            quantity * np.abs(price) * rules.multiplier[row] * (1 + SLACK),
            np.minimum(rules.max_notional[row], self._max_notional[profile]),
        )


def _is_out(table: MarketTable, cell: Ints, orders: OrderColumns) -> Bools:
    """Which orders may break a test of the market, or of the price against it."""
    price = orders.price
    is_out: Bools = (price <= table.low.ravel()[cell]) | (price >= table.high.ravel()[cell])
    has_none = np.isnan(price)
    if has_none.any():
        is_out |= has_none & ~table.without_price.ravel()[cell]
    return is_out


def _on_tick(ticks: LadderArrays, rows: Ints, prices: Floats) -> Bools:
    """Whether prices are surely multiples of their ticks, or those are not tested.

    A price is so many units of a power of ten if that many, divided again, are the price: the division is
    rounded to the double that is nearest to the decimal, and no shorter decimal has the same one.
    """
    if not ticks.values[1].any():
        return np.ones(len(rows), np.bool_)
    step = ticks.step(rows, np.abs(prices))
    power, tick = (each[rows, step] for each in ticks.values)
    units = np.rint(prices * power)
    is_whole = (units / power == prices) & (np.abs(units) < _EXACT_WHOLE)
    is_on_tick: Bools = (tick == 0) | (is_whole & (np.fmod(units, tick) == 0))
    return is_on_tick


def _or_infinite(limit: object) -> float:
    return inf if limit is None else float(str(limit))
