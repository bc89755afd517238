"""Which of many orders do not surely pass."""

from collections.abc import Sequence
from math import inf

import numpy as np

from shared.market.limits.judge import Judge
from shared.market.limits.many.columns import Bools, Floats, Ints, OrderColumns, QuoteColumns
from shared.market.limits.many.market_table import SLACK, MarketTable, Pairs, market_table
from shared.market.limits.many.rule_arrays import LadderArrays, RuleArrays
from shared.market.limits.many.rule_rows import RuleRows

_EXACT_WHOLE = 1e15
"""Below it a double tells all decimals with so many digits apart."""


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

    def find(self, symbols: Sequence[str], quotes: QuoteColumns, orders: OrderColumns, now_us: int) -> Ints:
        """The places of the orders that do not surely pass, ascending.

        Args:
            symbols: the symbols that they are for.
            quotes: of each symbol.
            orders: the orders.
            now_us: when they are judged, microseconds since the Unix epoch.
        """
        if not len(orders.symbol):
            return np.zeros(0, np.int64)
        with np.errstate(over="ignore", invalid="ignore"):
            rows, rules = self._rows.find(symbols, now_us)
            pair, pairs = self._pairs(len(symbols), orders)
            absent = np.array(self._rows.absent)
            table = market_table(rules, rows, quotes, absent, pairs, now_us)
            unsure = orders.is_special | self._unsure(rules, rows, table, pair, orders)
        return np.flatnonzero(unsure)

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

    def _unsure(
        self, rules: RuleArrays, rows: Ints, table: MarketTable, pair: Ints, orders: OrderColumns
    ) -> Bools:
        cell = 2 * pair + orders.is_buy
        row, profile, price = rows[orders.symbol], orders.profile + 1, orders.price
        has_price = ~np.isnan(price)
        unsure: Bools = (price <= table.low.ravel()[cell]) | (price >= table.high.ravel()[cell])
        unsure |= ~has_price & ~table.without_price.ravel()[cell]
        size = np.abs(orders.quantity)
        unsure |= size >= np.minimum(rules.max_quantity[row], self._max_quantity[profile])
        met = np.where(has_price, price, table.touch.ravel()[cell])
        value = size * np.abs(met) * rules.multiplier[row] * (1 + SLACK)
        unsure |= value >= np.minimum(rules.max_notional[row], self._max_notional[profile])
        return unsure | (has_price & ~_on_tick(rules.tick, row, price))


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
