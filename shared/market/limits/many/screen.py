"""Which of many orders do not surely pass."""

from math import inf
from typing import Final, NamedTuple

import numpy as np

from shared.market.limits.judge import Judge
from shared.market.limits.judging import TESTS
from shared.market.limits.many.columns import Bools, Floats, Ints, OrderColumns
from shared.market.limits.many.known_symbols import KnownSymbols
from shared.market.limits.many.market_table import SLACK, Pairs, are_fresh, market_table
from shared.market.limits.many.outcome_kinds import KINDS
from shared.market.limits.many.symbol_market import SymbolMarket
from shared.market.limits.many.ticks import on_tick

_QUANTITY, _NOTIONAL = ([name for name, _ in TESTS].index(name) for name in ("quantity", "notional"))

_BLOCK: Final = 1 << 14
"""So many orders are looked at together: their columns stay in the processor's cache, which takes half of
the time (40 ns an order)."""
_FEW: Final = 24
"""So many orders are quicker judged one by one than looked at again."""


class Counts(NamedTuple):
    """By test, in the order of `TESTS`."""

    passed: Ints
    skipped: Ints


class Screened(NamedTuple):
    """What is known of orders without looking at each."""

    unsure: Ints
    """The places of those that do not surely pass, ascending: they have to be judged one by one."""
    counts: Counts
    """How the tests of all others ended."""


class _Sizes(NamedTuple):
    """How large orders are and may be."""

    quantity: Floats
    """NaN where there is none."""
    max_quantity: Floats
    """Infinite where it is not tested."""
    value: Floats
    """Not below the notional; NaN where it cannot be known."""
    max_notional: Floats


class Screen:
    """Finds the orders that have to be judged one by one. All others break no limit of the version.

    Args:
        judge: the version's.
    """

    def __init__(self, judge: Judge) -> None:
        accounts = judge.version.accounts
        self._tighten = np.array([1.0, *(float(each.tighten) for each in accounts)])
        """By profile; the first place is that of accounts without one."""
        self._max_quantity = np.array([inf, *(_or_infinite(each.max_quantity) for each in accounts)])
        self._max_notional = np.array([inf, *(_or_infinite(each.max_notional) for each in accounts)])
        self._known = KnownSymbols(judge, self._tighten.min())

    def find(self, market: SymbolMarket, orders: OrderColumns, now_us: int) -> Screened:
        """Tell the orders that surely pass from the others.

        Args:
            market: what they meet.
            orders: the orders.
            now_us: when they are judged, microseconds since the Unix epoch.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            self._known.refresh(market.quotes, market.numbers, market.names, now_us)
            is_late = self._is_late(market, now_us)
            begins = range(0, max(len(orders.symbol), 1), _BLOCK)
            blocks = (OrderColumns._make(each[begin : begin + _BLOCK] for each in orders) for begin in begins)
            found = [self._find_in(block, market, is_late) for block in blocks]
        unsure = [each.unsure + begin for begin, each in zip(begins, found, strict=True)]
        counts = zip(*(each.counts for each in found), strict=True)
        return Screened(np.concatenate(unsure), Counts(*(np.sum(each, axis=0) for each in counts)))

    def _find_in(self, orders: OrderColumns, market: SymbolMarket, is_late: Bools) -> Screened:
        """The same of a block of the orders; `is_late` is by the symbol's number."""
        known = self._known
        has_price = ~np.isnan(orders.price)
        cell = 2 * orders.symbol + orders.is_buy
        row = known.row[orders.symbol]
        sizes = self._sizes(row, known.touch.ravel()[cell], orders, has_price)
        bounds = known.low, known.high, known.passes_without_price
        is_unsure = _is_out(bounds, cell, orders.price, has_price)
        self._look_again(is_unsure, market, orders)
        is_unsure |= is_late[orders.symbol]
        is_unsure |= orders.is_special
        is_unsure |= (sizes.quantity >= sizes.max_quantity) | (sizes.value >= sizes.max_notional)
        is_unsure |= has_price & ~on_tick(known.rules.tick, row, orders.price)
        return Screened(np.flatnonzero(is_unsure), self._count(orders, has_price, sizes, is_unsure))

    def _look_again(self, is_out: Bools, market: SymbolMarket, orders: OrderColumns) -> None:
        """Judge the orders that are out by the tightest profile by the one that they have."""
        doubtful = np.flatnonzero(is_out)
        if len(doubtful) <= _FEW:
            return
        profiles = len(self._tighten)
        some = OrderColumns._make(column[doubtful] for column in orders)
        met, pair = np.unique(some.symbol * profiles + some.profile + 1, return_inverse=True)
        numbers, symbol = np.unique(met // profiles, return_inverse=True)
        rows = self._known.row[numbers]
        judged = self._known.judged(market.quotes.columns(numbers, {}), rows)
        own = market_table(self._known.rules, rows, judged, Pairs(symbol, self._tighten[met % profiles]))
        bounds = own.low, own.high, own.without_price
        is_out[doubtful] = _is_out(bounds, 2 * pair + some.is_buy, some.price, ~np.isnan(some.price))

    def _is_late(self, market: SymbolMarket, now_us: int) -> Bools:
        """By number, whether a symbol's quote or its source has been silent for too long."""
        numbers, known = market.numbers, self._known
        times = market.quotes.times(numbers, market.heard_us)
        is_late = np.zeros(len(known.row), np.bool_)
        is_late[numbers] = ~are_fresh(known.rules, known.row[numbers], times, now_us)
        return is_late

    def _sizes(self, row: Ints, touch: Floats, orders: OrderColumns, has_price: Bools) -> _Sizes:
        rules, profile = self._known.rules, orders.profile + 1
        quantity = np.abs(orders.quantity)
        price = orders.price if has_price.all() else np.where(has_price, orders.price, touch)
        return _Sizes(
            quantity,
            np.minimum(rules.max_quantity[row], self._max_quantity[profile]),
            quantity * np.abs(price) * rules.multiplier[row] * (1 + SLACK),
            np.minimum(rules.max_notional[row], self._max_notional[profile]),
        )

    def _count(self, orders: OrderColumns, has_price: Bools, sizes: _Sizes, is_unsure: Bools) -> Counts:
        """How the tests of the orders ended that surely pass."""
        patterns = self._known.patterns
        kind = KINDS * self._known.pattern[orders.symbol] + 2 * orders.is_buy + has_price
        kinds = np.bincount(kind[~is_unsure], minlength=KINDS * len(patterns))
        made, skipped = patterns.count(kinds)
        for place, size, limit in (
            (_QUANTITY, sizes.quantity, sizes.max_quantity),
            (_NOTIONAL, sizes.value, sizes.max_notional),
        ):
            is_set = np.isfinite(limit) & ~is_unsure
            made[place] = np.count_nonzero(is_set & ~np.isnan(size))
            skipped[place] = np.count_nonzero(is_set) - made[place]
        return Counts(made, skipped)


def _is_out(bounds: tuple[Floats, Floats, Bools], cell: Ints, price: Floats, has_price: Bools) -> Bools:
    """Which orders may break a test of the market, or of the price against it."""
    low, high, passes_without_price = bounds
    is_out: Bools = (price <= low.ravel()[cell]) | (price >= high.ravel()[cell])
    if not has_price.all():
        is_out |= ~has_price & ~passes_without_price.ravel()[cell]
    return is_out


def _or_infinite(limit: object) -> float:
    return inf if limit is None else float(str(limit))
